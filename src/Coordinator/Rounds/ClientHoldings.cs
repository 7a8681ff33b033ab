using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// The server's book of what each client keeps, so that nothing crosses twice. A part that a client keeps crosses as a reference;
/// a mask of which the client keeps the one before crosses as the change when that is smaller.
/// </summary>
internal sealed class ClientHoldings
{
    private readonly Dictionary<int, string> maskOfClient = [];
    private readonly Dictionary<string, Mask> masks = new(StringComparer.Ordinal);
    private readonly Dictionary<int, HashSet<string>> untilRoundEnd = [];
    private readonly Dictionary<(string From, string To), Part> smallerForm = [];

    /// <summary>The mask that each client keeps between rounds, by digest.</summary>
    public IReadOnlyDictionary<int, string> MaskOfClient => maskOfClient;

    /// <summary>The masks that at least one client keeps between rounds.</summary>
    public IReadOnlyCollection<Mask> Masks => masks.Values;

    /// <summary>Digests of everything that any client keeps now.</summary>
    public IReadOnlyCollection<string> Digests =>
        untilRoundEnd.Values.SelectMany(static kept => kept).Concat(maskOfClient.Values).ToHashSet(StringComparer.Ordinal);

    /// <summary>Puts back what a checkpoint saved.</summary>
    public void Restore(IEnumerable<Mask> known, IReadOnlyDictionary<int, string> kept)
    {
        foreach (Mask mask in known)
            masks[mask.Digest] = mask;
        foreach ((int client, string digest) in kept)
            maskOfClient[client] = digest;
    }

    /// <summary>The parts as they must cross to <paramref name="client"/>.</summary>
    public Part[] PartsFor(int client, IReadOnlyList<TaskPart> parts) => [.. parts.Select(part => Cross(client, part))];

    /// <summary>Whether two clients keep the same, so that the same parts cross to them in the same form.</summary>
    public bool KeepTheSame(int first, int second)
    {
        if (!string.Equals(maskOfClient.GetValueOrDefault(first), maskOfClient.GetValueOrDefault(second), StringComparison.Ordinal))
            return false;
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
    public void Delivered(int client, IReadOnlyList<TaskPart> parts)
    {
        foreach (TaskPart part in parts)
        {
            if (part.KeptName is not { } name)
                continue;
            if (part.Retention == Retention.Round)
            {
                if (!untilRoundEnd.TryGetValue(client, out HashSet<string>? kept))
                    untilRoundEnd.Add(client, kept = new HashSet<string>(StringComparer.Ordinal));
                kept.Add(name.Digest);
            }
            else if (part.Part is MaskPart mask)
            {
                maskOfClient[client] = name.Digest;
                masks[name.Digest] = mask.Mask;
            }
        }
    }

    /// <summary>The round is complete: clients drop what they kept for it, and masks that nobody keeps are forgotten.</summary>
    public void EndRound()
    {
        untilRoundEnd.Clear();
        smallerForm.Clear();
        HashSet<string> kept = maskOfClient.Values.ToHashSet(StringComparer.Ordinal);
        foreach (string digest in masks.Keys.Where(digest => !kept.Contains(digest)).ToArray())
            masks.Remove(digest);
    }

    private Part Cross(int client, TaskPart part)
    {
        if (part.KeptName is not { } name)
            return part.Part;
        string? held = maskOfClient.GetValueOrDefault(client);
        if (string.Equals(held, name.Digest, StringComparison.Ordinal) || (untilRoundEnd.TryGetValue(client, out HashSet<string>? kept) && kept.Contains(name.Digest)))
            return new ReferencePart(name.Kind, name.Digest);
        return part.Part is MaskPart mask && held is not null && masks.TryGetValue(held, out Mask? before)
            ? Smaller(mask, before)
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
