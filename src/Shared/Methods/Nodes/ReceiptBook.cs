using System.Collections.Immutable;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>Collects what answers cost, grouped by equal sizes.</summary>
internal sealed class ReceiptBook
{
    private readonly Dictionary<ImmutableArray<PartSize>, ImmutableArray<int>.Builder> groups = new(new SizesComparer());
    private PartSize[] scratch = [];

    /// <summary>Notes a client's answer; each client once. Allocates nothing for sizes that were seen before, but for the list that grows.</summary>
    public void Add(int client, IReadOnlyList<PartSize> parts)
    {
        if (scratch.Length != parts.Count)
            scratch = new PartSize[parts.Count];
        for (int i = 0; i < parts.Count; i++)
            scratch[i] = parts[i];
        // A key without a copy, for looking up only.
        ImmutableArray<PartSize> sizes = System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(scratch);
        if (!groups.TryGetValue(sizes, out ImmutableArray<int>.Builder? clients))
            groups.Add([.. scratch], clients = ImmutableArray.CreateBuilder<int>());
        clients.Add(client);
    }

    /// <summary>The receipts; groups by their first client and clients ascending, whatever the order in which they were noted.</summary>
    public ImmutableArray<AnswerReceipts> ToReceipts() =>
    [
        .. groups.Select(static group => new AnswerReceipts(group.Key, [.. group.Value.Order()])).OrderBy(static receipts => receipts.Clients[0]),
    ];

    private sealed class SizesComparer : IEqualityComparer<ImmutableArray<PartSize>>
    {
        public bool Equals(ImmutableArray<PartSize> x, ImmutableArray<PartSize> y) => x.AsSpan().SequenceEqual(y.AsSpan());

        public int GetHashCode(ImmutableArray<PartSize> sizes)
        {
            int hash = sizes.Length;
            foreach (PartSize size in sizes)
                hash = (hash * 31) + (int)size.Bytes + ((int)size.Kind << 24);
            return hash;
        }
    }
}
