using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>What a client is charged for: its answer, and what crossed a cut of the model while it worked. What the server's own part of the model answers with is nobody's traffic, and neither is what a client keeps to itself and shows for measuring only.</summary>
/// <param name="Up">The answer's envelope and parts, then what went up at the cut.</param>
/// <param name="Down">What came down at the cut.</param>
internal sealed record ClientTraffic(IReadOnlyList<PartSize> Up, IReadOnlyList<PartSize> Down)
{
    /// <summary>Bytes from the client.</summary>
    public long BytesUp { get; } = Up.Sum(static part => part.Bytes);

    /// <summary>Bytes to the client, what the task began with apart.</summary>
    public long BytesDown { get; } = Down.Sum(static part => part.Bytes);

    /// <summary>Sorts an answer's receipt.</summary>
    public static ClientTraffic Of(IReadOnlyList<PartSize> parts)
    {
        var up = new List<PartSize>(parts.Count);
        var down = new List<PartSize>();
        foreach (PartSize part in parts)
        {
            if (PartKinds.CutDirection(part.Kind) == Direction.Down)
                down.Add(part);
            else if (!PartKinds.IsUncharged(part.Kind))
                up.Add(part);
        }

        return new ClientTraffic(up, down);
    }
}
