using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Federated.Methods.Splitting;

/// <summary>Where the model is cut: the blocks between belong to the server.</summary>
public sealed record CutSpec
{
    /// <summary>Transformer blocks on the client before the cut.</summary>
    [Description("Transformer blocks of the client's head, besides the embeddings.")]
    [Range(0, 1000)]
    public int HeadBlocks { get; init; }

    /// <summary>Transformer blocks on the client behind the second cut.</summary>
    [Description("Transformer blocks of the tail, besides norm and classifier.")]
    [Range(0, 1000)]
    public int TailBlocks { get; init; }
}
