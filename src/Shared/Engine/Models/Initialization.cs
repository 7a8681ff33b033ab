using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Engine.Models;

/// <summary>
/// Initial values of a model. Convolutions of normalised models as torchvision: Kaiming normal with fan-out (He et al. 2015), standard deviation
/// √(2/(out·kernel²)), bias 0. Everything else as PyTorch's defaults: uniform in ±1/√(fan-in) for weights and their biases. Normalisation starts as 1 and 0.
/// </summary>
public static class Initialization
{
    /// <summary>
    /// The dense vector of all parameters. Tensor i draws from the stream (seed, <see cref="RandomPurpose.Initialization"/>, <c>Client</c> = i), so
    /// that a tensor does not depend on the others.
    /// </summary>
    /// <param name="plan">The model.</param>
    /// <param name="seed">The experiment's seed.</param>
    public static float[] Values(NetworkPlan plan, ulong seed)
    {
        float[] values = new float[plan.Parameters.Count];
        bool normalized = plan.IsNormalized;
        for (int i = 0; i < plan.Parameters.Tensors.Length; i++)
        {
            ParameterTensor tensor = plan.Parameters.Tensors[i];
            Span<float> span = values.AsSpan(tensor.Offset, tensor.Count);
            var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Initialization, Client: i));
            switch (tensor.Kind)
            {
                case ParameterKind.NormalizationScale:
                    span.Fill(1);
                    break;
                case ParameterKind.NormalizationShift:
                    break;
                case ParameterKind.ConvolutionWeight when normalized:
                    Normal(span, Math.Sqrt(2.0 / ((long)tensor.Shape[0] * tensor.Shape[2] * tensor.Shape[3])), ref random);
                    break;
                case ParameterKind.ConvolutionWeight or ParameterKind.LinearWeight:
                    Uniform(span, 1 / Math.Sqrt(tensor.FanIn), ref random);
                    break;
                case ParameterKind.Bias:
                    // A bias stands directly behind the weight it belongs to.
                    ParameterTensor weight = plan.Parameters.Tensors[i - 1];
                    if (weight.Kind == ParameterKind.LinearWeight || !normalized)
                        Uniform(span, 1 / Math.Sqrt(weight.FanIn), ref random);
                    break;
                default:
                    throw new InvalidOperationException($"{tensor.Name}: no initialisation for {tensor.Kind}.");
            }
        }

        return values;
    }

    /// <summary>Fresh running statistics: means 0, variances 1.</summary>
    public static float[] Statistics(NetworkPlan plan)
    {
        float[] statistics = new float[plan.Statistics.Count];
        foreach (StatisticsTensor tensor in plan.Statistics.Tensors)
            statistics.AsSpan(tensor.Offset, tensor.Count).Fill(tensor.Kind == StatisticsKind.Mean ? 0 : 1);
        return statistics;
    }

    private static void Normal(Span<float> values, double deviation, ref KeyedRandom random)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(deviation * random.NextNormal());
    }

    private static void Uniform(Span<float> values, double bound, ref KeyedRandom random)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)(bound * ((2 * random.NextDouble()) - 1));
    }
}
