using Federated.Engine.Randomness;

namespace Federated.Methods.Data;

/// <summary>
/// Each client sees k classes only, and the samples of a class are dealt out equally among the clients that see it. Classes are given out like cards from
/// shuffled decks, so that they are used about equally often. Where clients × k is less than the number of classes, the samples of the classes left over belong to nobody.
/// </summary>
public sealed class PathologicalPartitioner : IPartitioner
{
    private readonly int classesPerClient;

    /// <summary>A partition with <paramref name="classesPerClient"/> ≥ 1 classes per client.</summary>
    public PathologicalPartitioner(int classesPerClient = 2)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classesPerClient, 1);
        this.classesPerClient = classesPerClient;
    }

    /// <inheritdoc/>
    public string Name => "pathological";

    /// <inheritdoc/>
    public int[][] Partition(ReadOnlySpan<int> labels, ReadOnlySpan<int> naturalIds, int clients, ulong seed)
    {
        Deal.RequireSamples(labels.Length, clients);
        int[][] classes = [.. Deal.ByLabel(labels).Where(static samples => samples.Length > 0)];
        if (classesPerClient > classes.Length)
            throw new PartitionException($"A client cannot see {classesPerClient} classes when there are {classes.Length}: use at most {classes.Length} classes per client.");
        List<int>[] holders = DealClasses(classes.Length, clients, seed);
        List<int>[] lists = Deal.EmptyLists(clients);
        for (int c = 0; c < classes.Length; c++)
        {
            new KeyedRandom(new RandomKey(seed, RandomPurpose.Partition, Round: 1, Client: c)).Shuffle(classes[c].AsSpan());
            if (holders[c].Count > classes[c].Length)
            {
                throw new PartitionException(
                    $"{holders[c].Count} clients are to see one class that has {classes[c].Length} samples: "
                    + $"use about {Math.Max(1, (long)clients * classes[c].Length / holders[c].Count)} clients, fewer classes per client or more samples.");
            }

            int start = 0;
            for (int i = 0; i < holders[c].Count; i++)
            {
                int size = Deal.EqualPart(classes[c].Length, holders[c].Count, i);
                lists[holders[c][i]].AddRange(classes[c].AsSpan(start, size));
                start += size;
            }
        }

        return Deal.Sorted(lists);
    }

    /// <summary>For each class the clients that see it. A client takes the next k different cards; a card it already has waits for the next client.</summary>
    private List<int>[] DealClasses(int classes, int clients, ulong seed)
    {
        List<int>[] holders = Deal.EmptyLists(classes);
        var deck = new List<int>();
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Partition));
        int[] cards = [.. Enumerable.Range(0, classes)];
        var hand = new HashSet<int>();
        for (int client = 0; client < clients; client++)
        {
            hand.Clear();
            for (int i = 0; hand.Count < classesPerClient;)
            {
                if (i == deck.Count)
                {
                    random.Shuffle(cards.AsSpan());
                    deck.AddRange(cards);
                }

                if (!hand.Add(deck[i]))
                {
                    i++;
                    continue;
                }

                holders[deck[i]].Add(client);
                deck.RemoveAt(i);
            }
        }

        return holders;
    }
}
