namespace Federated.Methods.Splitting;

/// <summary>Where a method cuts the model.</summary>
/// <param name="HeadBlocks">Blocks of the head besides the embeddings.</param>
/// <param name="TailBlocks">Blocks of the tail besides the classifier.</param>
public sealed record ModelCut(int HeadBlocks, int TailBlocks);
