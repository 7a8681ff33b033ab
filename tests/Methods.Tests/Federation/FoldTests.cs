using Federated.Engine.Randomness;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.Federation;

/// <summary>What every fold promises, whatever the task.</summary>
public sealed class FoldTests
{
    private static readonly ListIdentity List = new("run", 3, 5, "task");

    public static TheoryData<string> Tasks => ["train", "recalibrate", "evaluate"];

    private static IReadOnlyList<ClientDescription> Clients => FoldSamples.Context.Clients;

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Any_lists_merged_in_any_order_give_the_bits_of_answers_that_are_added_one_by_one(string task)
    {
        Gen<(ulong Seed, int[] List)> cases =
            from seed in Gen.Choose(0, 1_000_000)
            from lists in Gen.Choose(0, 3).ArrayOf(Clients.Count)
            select ((ulong)seed, lists);
        Check.One(Config.QuickThrowOnFailure.WithReplay(20221977, 297).WithMaxTest(60), Prop.ForAll(cases.ToArbitrary(), found =>
        {
            IAnswerFold alone = FoldSamples.FoldOf(task, Clients, found.Seed);
            IAnswerFold server = FoldSamples.Fold(task);
            var random = new KeyedRandom(new RandomKey(found.Seed, RandomPurpose.Synthetic, Client: 1000));
            ClientDescription[] order = [.. Clients];
            random.Shuffle(order.AsSpan());
            int[] lists = [0, 1, 2, 3];
            random.Shuffle(lists.AsSpan());
            foreach (int list in lists)
            {
                ClientDescription[] members = [.. order.Where(client => found.List[client.Id] == list)];
                if (members.Length > 0)
                    Cross(task, members, found.Seed, server);
            }

            return FoldSamples.Complete(server) == FoldSamples.Complete(alone) && server.Encode().AsSpan().SequenceEqual(alone.Encode());
        }));
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void No_answer_is_longer_than_its_shape_says(string task)
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            ClientDescription[] clients = [.. Clients.Take(1 + (int)(seed % 11))];
            IAnswerFold fold = FoldSamples.FoldOf(task, clients, seed);
            Assert.InRange(fold.Encode().Length, 1, FoldSamples.Fold(task).LargestEncoding(clients));
        }
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void An_answer_of_other_clients_than_it_says_is_refused_and_leaves_no_trace(string task)
    {
        byte[] encoded = FoldSamples.FoldOf(task, Clients.Take(5), 1).Encode();
        RequireRefused(task, encoded, [.. Clients.Take(4)], RefusalReason.Implausible);
        RequireRefused(task, encoded, [.. Clients.Take(6)], RefusalReason.Implausible);
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Cut_bytes_and_bytes_that_follow_are_refused_and_leave_no_trace(string task)
    {
        byte[] encoded = FoldSamples.FoldOf(task, Clients.Take(2), 1).Encode();
        RequireRefused(task, [.. encoded, 0], [.. Clients.Take(2)], RefusalReason.Malformed);
        for (int length = 0; length < encoded.Length; length += 1 + (length / 40))
            RequireRefused(task, encoded[..length], [.. Clients.Take(2)], RefusalReason.Malformed);
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void The_answer_to_another_task_is_refused(string task)
    {
        foreach (string other in new[] { "train", "recalibrate", "evaluate" }.Where(other => other != task))
            RequireRefused(task, FoldSamples.FoldOf(other, Clients, 1).Encode(), Clients, RefusalReason.Malformed);
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Mutated_bytes_are_another_answer_or_refused_without_a_trace_and_without_large_allocations(string task)
    {
        ClientDescription[] clients = [.. Clients.Take(4)];
        byte[] valid = FoldSamples.FoldOf(task, clients, 1).Encode();
        IAnswerFold server = FoldSamples.FoldOf(task, Clients.Skip(4), 2);
        byte[] before = server.Encode();
        var random = new KeyedRandom(new RandomKey(77, RandomPurpose.Synthetic));
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] mutated = Mutate(valid, ref random);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                server.Merge(mutated, clients);
                server = FoldSamples.FoldOf(task, Clients.Skip(4), 2);
            }
            catch (AnswerRefusedException refusal)
            {
                refused++;
                Assert.Contains(refusal.Reason, new[] { RefusalReason.Malformed, RefusalReason.Implausible });
                // Statistics and gradients are decoded, 16 bytes a coordinate and as much to find it; and the exception's messages.
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 131072);
                if (i % 50 == 0)
                    Assert.Equal(before, server.Encode());
            }
        }

        Assert.Equal(before, server.Encode());
        Assert.InRange(refused, 500, 1500);
    }

    /// <summary>Through all encodings: payloads, a node's fold, the upload, the server's fold.</summary>
    private static void Cross(string task, ClientDescription[] members, ulong seed, IAnswerFold server)
    {
        IAnswerFold fold = ClientTaskCatalog.Find(task).CreateFold(FoldSamples.Context, FoldSamples.Down(task), round: 1);
        var node = new FoldingObserver(FoldSamples.Context.Plan, task, fold, members);
        foreach (ClientDescription client in members)
        {
            EncodedPayload answer = FoldSamples.Answer(task, client, seed).Encode();
            node.Answered(client.Id, answer.Bytes, answer.Parts);
            node.Answered(client.Id, answer.Bytes, answer.Parts); // and once more: it counts once
        }

        byte[] upload = PartialAnswers.Encode(List, fold.Mask, node.Complete());
        server.Merge(PartialAnswers.Decode(upload, List, server, members).Sum, members);
    }

    private static void RequireRefused(string task, byte[] encoded, IReadOnlyList<ClientDescription> clients, RefusalReason reason)
    {
        IAnswerFold server = FoldSamples.FoldOf(task, Clients.Skip(7), 2);
        byte[] before = server.Encode();
        AnswerRefusedException refusal = Assert.Throws<AnswerRefusedException>(() => server.Merge(encoded, clients));
        Assert.True(reason == refusal.Reason, $"{refusal.Reason}: {refusal.Message}");
        Assert.Equal(before, server.Encode());
    }

    private static byte[] Mutate(byte[] valid, ref KeyedRandom random)
    {
        List<byte> bytes = [.. valid];
        for (int edits = random.Next(3) + 1; edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(random.Next(2) == 0 ? Math.Min(40, bytes.Count) : bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    bytes[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. bytes];
    }
}
