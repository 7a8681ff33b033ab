namespace Federated.Engine.Networks;

/// <summary>Handle of one value of a network under construction: what a layer returns and the next one reads. Sizes are those of one image.</summary>
/// <param name="Index">Number of the value in the builder that made it.</param>
/// <param name="Channels">Channels, or features where height and width are 1.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
public readonly record struct NetworkValue(int Index, int Channels, int Height, int Width);
