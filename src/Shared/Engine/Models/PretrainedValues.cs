using System.Collections.Immutable;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Storage;

namespace Federated.Engine.Models;

/// <summary>
/// Values of a model from a safetensors file, by name: timm's for vision transformers (or Hugging Face's, see <see cref="PretrainedTensors"/>), torchvision's for the others.
/// </summary>
/// <remarks>
/// The classifier may be missing or made for other classes, and what a method adds (prompts, low-rank updates) may be missing; they then keep their initial values. Position embeddings
/// for another image size are resampled. Anything else that is missing, has another shape or is left over is an error.
/// </remarks>
public static class PretrainedValues
{
    private const string PositionName = "pos_embed";

    /// <summary>Overwrites initial values with those of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">The model.</param>
    /// <param name="values">The dense vector of all parameters, with their initial values.</param>
    /// <param name="statistics">The running statistics, with their initial values.</param>
    /// <exception cref="SafeTensorsException">The file cannot be read.</exception>
    /// <exception cref="PretrainedValuesException">There is no such file, or it does not fit the model.</exception>
    public static void Load(string path, NetworkPlan plan, Span<float> values, Span<float> statistics)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (!File.Exists(path))
            throw new PretrainedValuesException(path, "there is no such file", "make it with `federated pretrain`, or correct model.checkpoint");
        Dictionary<string, PretrainedTensor> tensors = PretrainedTensors.Of(SafeTensorsFile.Read(path), path);
        ImmutableArray<int> classifier = plan.Operations[^1].Parameters;
        for (int i = 0; i < plan.Parameters.Tensors.Length; i++)
        {
            ParameterTensor tensor = plan.Parameters.Tensors[i];
            bool isClassifier = classifier.Contains(i);
            if (!tensors.Remove(tensor.Name, out PretrainedTensor? found))
            {
                if (!isClassifier && !tensor.IsAdapter)
                    throw new PretrainedValuesException(path, $"it lacks {tensor.Name}", "choose the model that it was made for");
                continue;
            }

            Span<float> to = values.Slice(tensor.Offset, tensor.Count);
            if (found.Shape.SequenceEqual(tensor.Shape))
                found.CopyTo(to);
            else if (tensor.Name == PositionName)
                Resample(path, plan, tensor, found, to);
            else if (!isClassifier)
                throw OtherShape(path, tensor.Name, tensor.Shape, found.Shape);
        }

        foreach (StatisticsTensor tensor in plan.Statistics.Tensors)
        {
            if (!tensors.Remove(tensor.Name, out PretrainedTensor? found))
                throw new PretrainedValuesException(path, $"it lacks {tensor.Name}", "choose the model that it was made for");
            if (!found.Shape.SequenceEqual([tensor.Count]))
                throw OtherShape(path, tensor.Name, [tensor.Count], found.Shape);
            found.CopyTo(statistics.Slice(tensor.Offset, tensor.Count));
        }

        if (tensors.Count > 0)
            throw new PretrainedValuesException(path, $"it has {tensors.Keys.Order(StringComparer.Ordinal).First()}, and {plan.Name} has not", "choose the model that it was made for");
    }

    private static void Resample(string path, NetworkPlan plan, ParameterTensor tensor, PretrainedTensor found, Span<float> to)
    {
        NetworkValue patches = plan.Values[plan.Operations.OfType<EmbedTokensOperation>().Single().Input];
        int channels = tensor.Shape[^1];
        int side = found.Shape.Length == 3 && found.Shape[0] == 1 && found.Shape[2] == channels ? (int)Math.Sqrt(found.Shape[1] - 1.0) : 0;
        if (side < 1 || (side * side) + 1 != found.Shape[1])
            throw OtherShape(path, tensor.Name, tensor.Shape, found.Shape);
        float[] trained = new float[found.Count];
        found.CopyTo(trained);
        PositionEmbeddings.Resample(trained, side, to, patches.Height, patches.Width);
    }

    private static PretrainedValuesException OtherShape(string path, string name, ImmutableArray<int> wanted, ImmutableArray<int> found) => new(
        path, $"{name} has the shape [{string.Join(", ", found)}], not [{string.Join(", ", wanted)}]", "choose the model that it was made for");
}
