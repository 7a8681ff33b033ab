using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Methods.Tests.Federation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Methods.Tests.Nodes;

public sealed class PartialAnswersTests
{
    private static readonly ListIdentity List = new("run", 3, 5, "evaluate");
    private static readonly ClientDescription[] Clients = [.. FoldSamples.Context.Clients.Take(4)];
    private static readonly IAnswerFold Shape = FoldSamples.Fold("evaluate");

    private static PartialAnswer Message()
    {
        var node = new FoldingObserver(FoldSamples.Context.Plan, "evaluate", FoldSamples.Fold("evaluate"), Clients);
        foreach (ClientDescription client in Clients)
        {
            EncodedPayload answer = FoldSamples.Answer("evaluate", client, 1).Encode();
            node.Answered(client.Id, answer.Bytes, answer.Parts);
        }

        return PartialAnswer.Parser.ParseFrom(PartialAnswers.Encode(List, FoldSamples.Mask, node.Complete()));
    }

    [Fact]
    public void Receipts_say_what_each_clients_own_answer_would_have_cost()
    {
        CombinedAnswer answer = PartialAnswers.Decode(Message().ToByteArray(), List, Shape, Clients);
        Assert.Equal(Clients.Select(static client => client.Id), answer.Receipts.SelectMany(static group => group.Clients).Order());
        foreach (ClientDescription client in Clients)
        {
            AnswerReceipts receipt = answer.Receipts.Single(group => group.Clients.Contains(client.Id));
            EncodedPayload alone = FoldSamples.Answer("evaluate", client, 1).Encode();
            Assert.Equal(alone.Parts, receipt.Parts);
            Assert.Equal(alone.Length, receipt.Parts.Sum(static part => part.Bytes));
        }
    }

    [Fact]
    public void A_thousand_answers_of_equal_sizes_cost_two_bytes_a_client()
    {
        PartSize[] parts = [new(PartKind.Envelope, 4), new(PartKind.Scalars, 15), new(PartKind.SparseValues, 10_000)];
        ImmutableArray<int> clients = [.. Enumerable.Range(0, 1000)];
        byte[] bytes = PartialAnswers.Encode(List, FoldSamples.Mask, new CombinedAnswer([new AnswerReceipts([.. parts], clients)], default));
        Assert.InRange(bytes.Length, 1000, 2000 + 100);
    }

    [Fact]
    public void Another_run_list_round_or_task_is_stale()
    {
        foreach (ListIdentity other in new[] { List with { Run = "runs" }, List with { List = 4 }, List with { Round = 4 }, List with { Round = 6 }, List with { Task = "train" } })
            RequireRefused(Message().ToByteArray(), RefusalReason.StaleList, other);
    }

    [Fact]
    public void Another_mask_is_refused()
    {
        RequireRefused(message => message.MaskSha256 = ByteString.CopyFrom(Convert.FromHexString(Mask.Dense(FoldSamples.Context.Plan.Parameters).Digest)), RefusalReason.WrongMask);
        RequireRefused(message => message.MaskSha256 = ByteString.Empty, RefusalReason.WrongMask);
        RequireRefused(message => message.MaskSha256 = ByteString.CopyFrom([.. message.MaskSha256, 0]), RefusalReason.WrongMask);
    }

    [Fact]
    public void Exactly_the_clients_of_the_list_must_be_there()
    {
        RequireRefused(message => message.Receipts[0].Clients.RemoveAt(0), RefusalReason.WrongClients);
        RequireRefused(message => message.Receipts[^1].Clients.Add(9), RefusalReason.WrongClients);
        RequireRefused(message => message.Receipts.Add(message.Receipts[0].Clone()), RefusalReason.WrongClients);
        RequireRefused(message => message.Receipts[0].Clients.Add(message.Receipts[0].Clients[^1]), RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Clients.Insert(0, uint.MaxValue), RefusalReason.WrongClients);
        RequireRefused(message => message.Receipts.Clear(), RefusalReason.WrongClients);
    }

    [Fact]
    public void Receipts_that_no_payload_has_are_refused()
    {
        RequireRefused(message => message.Receipts[0].Kinds[1] = 99, RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Kinds[1] = 0, RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Kinds[0] = 1, RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Bytes[1] = 0, RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Bytes[1] = ulong.MaxValue, RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Bytes[1] = int.MaxValue, RefusalReason.Malformed); // the whole payload passes 2 GiB with the envelope
        RequireRefused(message => message.Receipts[0].Bytes.RemoveAt(1), RefusalReason.Malformed);
        RequireRefused(message => message.Receipts[0].Kinds.Clear(), RefusalReason.Malformed);
    }

    [Fact]
    public void States_of_clients_come_back_and_only_within_their_limits()
    {
        PartialAnswer message = Message();
        int client = Clients[0].Id;
        message.States = ByteString.CopyFrom(ClientStateBundle.Encode([new(client, new byte[] { 1, 2, 0, 0, 0, 8, 9 })]));
        byte[] bytes = message.ToByteArray();

        CombinedAnswer answer = PartialAnswers.Decode(bytes, List, Shape, Clients, static _ => 7);
        Assert.Equal((client, 7), (answer.States.Single().Client, answer.States.Single().State.Length));
        Assert.Equal(PartialAnswers.LargestBytes(List, Shape, Clients) + 7 + (15L * Clients.Length), PartialAnswers.LargestBytes(List, Shape, Clients, static _ => 7));
        foreach (Func<ClientDescription, int>? limit in (Func<ClientDescription, int>?[])[null, static _ => 6, _ => 0])
            Assert.Equal(RefusalReason.Malformed, Assert.Throws<AnswerRefusedException>(() => PartialAnswers.Decode(bytes, List, Shape, Clients, limit)).Reason);
        message.States = ByteString.CopyFrom(ClientStateBundle.Encode([new(client + 1_000_000, default)]));
        Assert.Throws<AnswerRefusedException>(() => PartialAnswers.Decode(message.ToByteArray(), List, Shape, Clients, static _ => 7));
    }

    [Fact]
    public void More_bytes_than_an_answer_can_have_are_refused_before_they_are_read()
    {
        long largest = PartialAnswers.LargestBytes(List, Shape, Clients);
        byte[] bytes = new byte[largest + 1];
        RequireRefused(bytes, RefusalReason.TooLarge, List);
        RequireRefused(bytes[..^1], RefusalReason.Malformed, List);
    }

    [Fact]
    public void Two_sums_are_refused_and_none_is_no_sum()
    {
        byte[] bytes = Message().ToByteArray();
        var second = new PartialAnswer { Sum = ByteString.CopyFrom(1, 2, 3) };
        RequireRefused([.. bytes, .. second.ToByteArray()], RefusalReason.Malformed, List);
        PartialAnswer without = Message();
        without.Sum = ByteString.Empty;
        CombinedAnswer answer = PartialAnswers.Decode(without.ToByteArray(), List, Shape, Clients);
        Assert.Equal(RefusalReason.Malformed, Assert.Throws<AnswerRefusedException>(() => FoldSamples.Fold("evaluate").Merge(answer.Sum, Clients)).Reason);
    }

    [Fact]
    public void The_sum_is_where_it_stood()
    {
        byte[] bytes = Message().ToByteArray();
        CombinedAnswer answer = PartialAnswers.Decode(bytes, List, Shape, Clients);
        Assert.True(answer.Sum.Span.Overlaps(bytes));
        Assert.Equal(Message().Sum.ToByteArray(), answer.Sum.ToArray());
    }

    [Fact]
    public void Mutated_bytes_are_an_answer_of_the_list_or_refused()
    {
        byte[] valid = Message().ToByteArray();
        var random = new KeyedRandom(new RandomKey(78, RandomPurpose.Synthetic));
        int refused = 0;
        for (int i = 0; i < 5000; i++)
        {
            List<byte> bytes = [.. valid];
            for (int edits = random.Next(3) + 1; edits > 0 && bytes.Count > 0; edits--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(4))
                {
                    case 0:
                        bytes.Insert(at, (byte)random.Next(256));
                        break;
                    case 1:
                        bytes.RemoveRange(at, random.Next(2) == 0 ? 1 : bytes.Count - at);
                        break;
                    default:
                        bytes[at] = (byte)random.Next(256);
                        break;
                }
            }

            byte[] mutated = [.. bytes];
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                CombinedAnswer answer = PartialAnswers.Decode(mutated, List, Shape, Clients);
                Assert.Equal(Clients.Select(static client => client.Id), answer.Receipts.SelectMany(static group => group.Clients).Order());
            }
            catch (AnswerRefusedException)
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 65536);
        }

        Assert.InRange(refused, 2000, 5000);
    }

    private static void RequireRefused(Action<PartialAnswer> change, RefusalReason reason)
    {
        PartialAnswer message = Message();
        change(message);
        RequireRefused(message.ToByteArray(), reason, List);
    }

    private static void RequireRefused(byte[] bytes, RefusalReason reason, ListIdentity list)
    {
        AnswerRefusedException refusal = Assert.Throws<AnswerRefusedException>(() => PartialAnswers.Decode(bytes, list, Shape, Clients));
        Assert.True(reason == refusal.Reason, $"{refusal.Reason}: {refusal.Message}");
    }
}
