using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Engine.Models;

/// <summary>
/// Initial values of a model. Convolutions of normalised models as torchvision: Kaiming normal with fan-out (He et al. 2015), standard deviation
/// √(2/(out·kernel²)), bias 0. Everything else as PyTorch's defaults: uniform in ±1/√(fan-in) for weights and their biases. Normalisation starts as 1 and 0.
/// Tensors may name their own <see cref="InitialValues"/> instead, as those of vision transformers do: there matrices, the classifier's included, class token and position
/// embeddings are normal with deviation 0.02 and biases 0 as in timm, the patch embedding keeps PyTorch's default, prompts are uniform in ±0.1, and of a low-rank update
/// A is PyTorch's default and B zero, so that it starts as no update.
/// </summary>
public static class Initialization
{
    private const double SmallDeviation = 0.02;
    private const double SmallBound = 0.1;

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
            if (tensor.Initial == InitialValues.ByKind)
                FillByKind(span, plan, i, normalized, ref random);
            else
                Fill(span, tensor, ref random);
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

    private static void FillByKind(Span<float> span, NetworkPlan plan, int index, bool normalized, ref KeyedRandom random)
    {
        ParameterTensor tensor = plan.Parameters.Tensors[index];
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
                ParameterTensor weight = plan.Parameters.Tensors[index - 1];
                if (weight.Kind == ParameterKind.LinearWeight || !normalized)
                    Uniform(span, 1 / Math.Sqrt(weight.FanIn), ref random);
                break;
            default:
                throw new InvalidOperationException($"{tensor.Name}: no initialisation for {tensor.Kind}.");
        }
    }

    private static void Fill(Span<float> span, ParameterTensor tensor, ref KeyedRandom random)
    {
        switch (tensor.Initial)
        {
            case InitialValues.Zeros:
                break;
            case InitialValues.SmallNormal:
                Normal(span, SmallDeviation, ref random);
                break;
            case InitialValues.FanInUniform:
                Uniform(span, 1 / Math.Sqrt(tensor.FanIn), ref random);
                break;
            case InitialValues.SmallUniform:
                Uniform(span, SmallBound, ref random);
                break;
            default:
                throw new InvalidOperationException($"{tensor.Name}: no initialisation called {tensor.Initial}.");
        }
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
