using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// The server's book of what each client keeps, so that nothing crosses twice. A part that a client keeps crosses as a reference;
/// a mask of which the client keeps the one before crosses as the change when that is smaller.
/// Between rounds a client keeps at most one part of each kind: the mask, and the frozen values of its side of a model that is cut.
/// </summary>
internal sealed class ClientHoldings
{
    private static readonly PartKind[] KeptKinds = [PartKind.Mask, PartKind.FrozenValues];

    private readonly Dictionary<(int Client, PartKind Kind), string> untilReplaced = [];
    private readonly Dictionary<string, Part> parts = new(StringComparer.Ordinal);
    private readonly Dictionary<int, HashSet<string>> untilRoundEnd = [];
    private readonly Dictionary<(string From, string To), Part> smallerForm = [];

    /// <summary>What clients keep between rounds, ascending by client and kind.</summary>
    public IEnumerable<KeptName> KeptNames =>
        untilReplaced.Select(static kept => new KeptName(kept.Key.Client, kept.Key.Kind, kept.Value)).OrderBy(static kept => kept.Client).ThenBy(static kept => kept.Kind);

    /// <summary>The parts that at least one client keeps between rounds.</summary>
    public IReadOnlyCollection<Part> Parts => parts.Values;

    /// <summary>Digests of everything that any client keeps now.</summary>
    public IReadOnlyCollection<string> Digests =>
        untilRoundEnd.Values.SelectMany(static kept => kept).Concat(untilReplaced.Values).ToHashSet(StringComparer.Ordinal);

    /// <summary>Puts back what a checkpoint saved.</summary>
    public void Restore(IEnumerable<Part> known, IEnumerable<KeptName> kept)
    {
        foreach (Part part in known)
        {
            if (PartDigest.Of(part) is { } name)
                parts[name.Digest] = part;
        }

        foreach (KeptName name in kept)
            untilReplaced[(name.Client, name.Kind)] = name.Digest;
    }

    /// <summary>The parts as they must cross to <paramref name="client"/>.</summary>
    public Part[] PartsFor(int client, IReadOnlyList<TaskPart> task) => [.. task.Select(part => Cross(client, part))];

    /// <summary>Whether two clients keep the same, so that the same parts cross to them in the same form.</summary>
    public bool KeepTheSame(int first, int second)
    {
        foreach (PartKind kind in KeptKinds)
        {
            if (!string.Equals(untilReplaced.GetValueOrDefault((first, kind)), untilReplaced.GetValueOrDefault((second, kind)), StringComparison.Ordinal))
                return false;
        }

        HashSet<string>? keptByFirst = untilRoundEnd.GetValueOrDefault(first);
        HashSet<string>? keptBySecond = untilRoundEnd.GetValueOrDefault(second);
        return keptByFirst is null || keptBySecond is null ? ReferenceEquals(keptByFirst, keptBySecond) : keptByFirst.SetEquals(keptBySecond);
    }

    /// <summary>Names the form in which parts cross: clients of equal form receive the same bytes.</summary>
    public static string FormOf(IEnumerable<Part> crossing) => string.Join('|', crossing.Select(static part => part switch
    {
        ReferencePart => "reference",
        MaskChangePart change => change.From.Digest,
        _ => "",
    }));

    /// <summary>Notes that <paramref name="client"/> has received the parts.</summary>
    public void Delivered(int client, IReadOnlyList<TaskPart> task)
    {
        foreach (TaskPart part in task)
        {
            if (part.KeptName is not { } name)
                continue;
            if (part.Retention == Retention.Round)
            {
                if (!untilRoundEnd.TryGetValue(client, out HashSet<string>? kept))
                    untilRoundEnd.Add(client, kept = new HashSet<string>(StringComparer.Ordinal));
                kept.Add(name.Digest);
            }
            else if (KeptKinds.Contains(name.Kind))
            {
                untilReplaced[(client, name.Kind)] = name.Digest;
                parts[name.Digest] = part.Part;
            }
        }
    }

    /// <summary>The round is complete: clients drop what they kept for it, and parts that nobody keeps are forgotten.</summary>
    public void EndRound()
    {
        untilRoundEnd.Clear();
        smallerForm.Clear();
        HashSet<string> kept = untilReplaced.Values.ToHashSet(StringComparer.Ordinal);
        foreach (string digest in parts.Keys.Where(digest => !kept.Contains(digest)).ToArray())
            parts.Remove(digest);
    }

    private Part Cross(int client, TaskPart part)
    {
        if (part.KeptName is not { } name)
            return part.Part;
        string? held = untilReplaced.GetValueOrDefault((client, name.Kind));
        if (string.Equals(held, name.Digest, StringComparison.Ordinal) || (untilRoundEnd.TryGetValue(client, out HashSet<string>? kept) && kept.Contains(name.Digest)))
            return new ReferencePart(name.Kind, name.Digest);
        return part.Part is MaskPart mask && held is not null && parts.GetValueOrDefault(held) is MaskPart before
            ? Smaller(mask, before.Mask)
            : part.Part;
    }

    // Coding a mask of millions of positions takes long enough to do it once per pair of masks and not once per client.
    private Part Smaller(MaskPart whole, Mask before)
    {
        (string, string) step = (before.Digest, whole.Mask.Digest);
        if (!smallerForm.TryGetValue(step, out Part? smaller))
        {
            var change = new MaskChangePart(before, whole.Mask);
            smaller = new Payload(change).Encode().Length < new Payload(whole).Encode().Length ? change : whole;
            smallerForm.Add(step, smaller);
        }

        return smaller;
    }
}
