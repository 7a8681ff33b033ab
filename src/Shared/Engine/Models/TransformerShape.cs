namespace Federated.Engine.Models;

/// <summary>The numbers that make a vision transformer.</summary>
/// <param name="Depth">Transformer blocks.</param>
/// <param name="Dimension">Features of a token; the heads divide it.</param>
/// <param name="Heads">Attention heads of a block.</param>
/// <param name="Patch">Side of a patch in pixels; divides the image's sides.</param>
/// <param name="Dropout">Share of values dropped after the embeddings, the attention's projection and each layer of the MLP while training.</param>
public sealed record TransformerShape(int Depth = 6, int Dimension = 128, int Heads = 4, int Patch = 4, double Dropout = 0);
