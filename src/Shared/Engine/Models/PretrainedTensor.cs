using System.Collections.Immutable;
using Federated.Engine.Storage;

namespace Federated.Engine.Models;

/// <summary>One tensor of a file of pre-trained values.</summary>
/// <param name="Shape">Dimensions, outermost first.</param>
/// <param name="Parts">What it is made of, one behind the other along the outermost dimension.</param>
internal sealed record PretrainedTensor(ImmutableArray<int> Shape, ImmutableArray<NamedTensor> Parts)
{
    /// <summary>Number of values.</summary>
    public int Count { get; } = Parts.Sum(static part => part.Count);

    /// <summary>Copies the values.</summary>
    public void CopyTo(Span<float> destination)
    {
        foreach (NamedTensor part in Parts)
        {
            part.WidenTo(destination[..part.Count]);
            destination = destination[part.Count..];
        }
    }
}
