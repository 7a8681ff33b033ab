namespace Federated.Protocol.Payloads;

/// <summary>One typed piece of a payload. Parts hold the arrays they are given, without copying; whoever builds a part must not write to them until it is encoded.</summary>
public abstract record Part
{
    private protected Part()
    {
    }

    /// <summary>What the part is.</summary>
    public abstract PartKind Kind { get; }

    /// <summary>Which of the kind's codecs writes it, see <see cref="PartCodec.Number"/>.</summary>
    internal virtual byte Codec => 0;
}
