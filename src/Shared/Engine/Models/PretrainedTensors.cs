using System.Collections.Immutable;
using System.Globalization;
using Federated.Engine.Storage;

namespace Federated.Engine.Models;

/// <summary>
/// The tensors of a file of pre-trained values under the names that the engine's models use. Vision transformers of Hugging Face's Transformers (google/vit-base-patch16-224-in21k
/// and its kin) have other names, and query, key and value apart: these are joined in this order, which is timm's.
/// </summary>
internal static class PretrainedTensors
{
    private const string Layer = "encoder.layer.";

    private static readonly string[] Prefixes = ["vit.", "deit."];

    // What classifies nothing here: the layer between class token and classifier of models trained to fill gaps or on other labels, counters and fixed tables.
    private static readonly string[] Unused = ["pooler.", "pre_logits.", "embeddings.mask_token"];

    private static readonly (string Theirs, string Ours)[] Names =
    [
        ("embeddings.cls_token", "cls_token"),
        ("embeddings.position_embeddings", "pos_embed"),
        ("embeddings.patch_embeddings.projection.", "patch_embed.proj."),
        ("layernorm.", "norm."),
        ("classifier.", "head."),
    ];

    private static readonly (string Theirs, string Ours)[] LayerNames =
    [
        ("attention.attention.query.", "attn.qkv."),
        ("attention.attention.key.", "attn.qkv."),
        ("attention.attention.value.", "attn.qkv."),
        ("attention.output.dense.", "attn.proj."),
        ("intermediate.dense.", "mlp.fc1."),
        ("output.dense.", "mlp.fc2."),
        ("layernorm_before.", "norm1."),
        ("layernorm_after.", "norm2."),
    ];

    /// <summary>The file's tensors by the names that the engine uses, without those that no model here has a place for.</summary>
    /// <exception cref="PretrainedValuesException">A tensor's element type is none that is read, or one of query, key and value is missing or of another shape.</exception>
    public static Dictionary<string, PretrainedTensor> Of(SafeTensorsFile file, string path)
    {
        bool isHuggingFace = file.Tensors.Any(static tensor => WithoutPrefix(tensor.Name).StartsWith(Layer, StringComparison.Ordinal));
        var tensors = new Dictionary<string, PretrainedTensor>(StringComparer.Ordinal);
        var joined = new SortedDictionary<string, NamedTensor?[]>(StringComparer.Ordinal);
        foreach (NamedTensor tensor in file.Tensors)
        {
            string theirs = isHuggingFace ? WithoutPrefix(tensor.Name) : tensor.Name;
            if (Unused.Any(prefix => theirs.StartsWith(prefix, StringComparison.Ordinal)) || theirs.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                continue;
            if (!tensor.IsWidenable)
                throw new PretrainedValuesException(path, $"{tensor.Name} holds {tensor.Type}", "save it in single or half precision");
            string ours = isHuggingFace ? Translate(theirs, out int part) : Whole(theirs, out part);
            if (part < 0)
            {
                if (!tensors.TryAdd(ours, new PretrainedTensor(tensor.Shape, [tensor])))
                    throw new PretrainedValuesException(path, $"two of its tensors are {ours}", "remove one");
                continue;
            }

            if (!joined.TryGetValue(ours, out NamedTensor?[]? parts))
                joined.Add(ours, parts = new NamedTensor?[3]);
            parts[part] = tensor;
        }

        foreach ((string name, NamedTensor?[] parts) in joined)
            tensors.Add(name, Join(name, parts, path));
        return tensors;
    }

    private static string WithoutPrefix(string name)
    {
        foreach (string prefix in Prefixes)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal))
                return name[prefix.Length..];
        }

        return name;
    }

    private static string Whole(string name, out int part)
    {
        part = -1;
        return name;
    }

    /// <summary>The engine's name of a tensor, and which third of it the tensor is (−1: all of it). Names that are not known stay, so that the error names them.</summary>
    private static string Translate(string name, out int part)
    {
        part = -1;
        if (!name.StartsWith(Layer, StringComparison.Ordinal))
            return Replace(name, Names);
        string rest = name[Layer.Length..];
        int dot = rest.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0 || !int.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out int layer))
            return name;
        string within = rest[(dot + 1)..];
        part = Array.FindIndex(LayerNames, 0, 3, pair => within.StartsWith(pair.Theirs, StringComparison.Ordinal));
        return string.Create(CultureInfo.InvariantCulture, $"blocks.{layer}.{Replace(within, LayerNames)}");
    }

    private static string Replace(string name, (string Theirs, string Ours)[] names)
    {
        foreach ((string theirs, string ours) in names)
        {
            if (name.StartsWith(theirs, StringComparison.Ordinal))
                return ours + name[theirs.Length..];
        }

        return name;
    }

    private static PretrainedTensor Join(string name, NamedTensor?[] parts, string path)
    {
        if (parts.Any(static part => part is null))
            throw new PretrainedValuesException(path, $"one of query, key and value of {name} is missing", "take a complete file");
        ImmutableArray<int> shape = parts[0]!.Shape;
        if (shape.IsEmpty || parts.Any(part => !part!.Shape.SequenceEqual(shape)) || shape[0] > int.MaxValue / 3)
            throw new PretrainedValuesException(path, $"query, key and value of {name} have different shapes", "take a file of a model whose heads are alike");
        return new PretrainedTensor(shape.SetItem(0, 3 * shape[0]), [.. parts.Select(static part => part!)]);
    }
}
