namespace Federated.Engine.Models;

/// <summary>What a model is made for: the shape of an image and the number of classes.</summary>
/// <param name="Channels">Channels of an image.</param>
/// <param name="Height">Rows of an image.</param>
/// <param name="Width">Columns of an image.</param>
/// <param name="Classes">Number of classes.</param>
public readonly record struct ModelInput(int Channels, int Height, int Width, int Classes);
