namespace Federated.Engine.Networks;

/// <summary>A layer cannot be built as asked; the message names the layer and the way out.</summary>
public sealed class InvalidModelException : ArgumentException
{
    /// <summary>Says that <paramref name="layer"/> cannot be built because of <paramref name="reason"/>.</summary>
    public InvalidModelException(string layer, string reason)
        : base($"{layer}: {reason}") => Layer = layer;

    /// <summary>Name of the layer that could not be built.</summary>
    public string Layer { get; }
}
