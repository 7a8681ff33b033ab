using System.Security.Cryptography;
using System.Text;
using Federated.Engine.Randomness;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class LedgerTests
{
    private static readonly PartSize[] Sizes = [new(PartKind.Envelope, 4), new(PartKind.SparseValues, 1000)];

    [Fact]
    public void Entries_come_out_in_canonical_order_whatever_the_order_of_booking()
    {
        var ledger = new Ledger();
        ledger.BeginRound(0);
        LedgerPhase train = ledger.BeginPhase("train");
        LedgerPhase grow = ledger.BeginPhase("grow");
        grow.Book(0, Direction.Up, [new(PartKind.TopGradients, 7)]);
        train.Book(5, Direction.Up, Sizes);
        train.Book(5, Direction.Down, Sizes);
        train.Book(1, Direction.Up, Sizes);

        LedgerRound round = ledger.CompleteRound();

        Assert.Equal(
            """
            0,train,1,up,envelope,4
            0,train,1,up,sparse-values,1000
            0,train,5,down,envelope,4
            0,train,5,down,sparse-values,1000
            0,train,5,up,envelope,4
            0,train,5,up,sparse-values,1000
            0,grow,0,up,top-gradients,7

            """,
            Encoding.UTF8.GetString(round.Text.Span));
        Assert.Equal(3019, ledger.Totals.Bytes);
        Assert.Equal(2015, ledger.Totals.Sum(direction: Direction.Up));
        Assert.Equal(7, ledger.Totals.Sum(phase: "grow"));
        Assert.Equal(12, ledger.Totals.Sum(part: PartKind.Envelope, round: 0));
        Assert.Equal(2008, ledger.Totals.SumOfClient(5));
        Assert.Equal(1004, ledger.Totals.SumOfClient(5, Direction.Down));
    }

    [Fact]
    public void A_resumed_file_drops_the_round_under_way_and_ends_with_the_same_hash()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "ledger.csv");
            string whole = Run(path, 0, 3, Create(path));
            byte[] bytes = File.ReadAllBytes(path);
            Assert.Equal(whole, Convert.ToHexStringLower(SHA256.HashData(bytes)));

            // The crash came in round 2, or in the middle of its lines.
            File.WriteAllBytes(path, bytes[..^5]);
            Assert.Equal(whole, Run(path, 2, 3, LedgerFile.Open(path, 1)));
            Assert.Equal(bytes, File.ReadAllBytes(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static LedgerFile Create(string path) => LedgerFile.Create(path);
        static string Run(string path, int from, int to, LedgerFile file)
        {
            using (file)
            {
                for (int round = from; round < to; round++)
                {
                    file.Ledger.BeginRound(round);
                    LedgerPhase phase = file.Ledger.BeginPhase("train");
                    for (int client = 0; client < 20; client++)
                        phase.Book((client * 7) % 20, Direction.Up, Sizes);
                    file.Append(file.Ledger.CompleteRound());
                }

                return file.Ledger.Digest;
            }
        }
    }

    [Fact]
    public void Permuted_and_concurrent_booking_gives_the_same_text() => Properties.Check(
        Gen.Choose(0, int.MaxValue),
        seed =>
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            (int Phase, int Client, Direction Direction)[] payloads =
                [.. from phase in Enumerable.Range(0, 2) from client in Enumerable.Range(0, 9) from direction in Enum.GetValues<Direction>() select (phase, client, direction)];
            string straight = Text(payloads, parallel: false);
            random.Shuffle(payloads.AsSpan());
            return straight == Text(payloads, parallel: false) && straight == Text(payloads, parallel: true);

            static string Text((int Phase, int Client, Direction Direction)[] payloads, bool parallel)
            {
                var ledger = new Ledger();
                ledger.BeginRound(4);
                LedgerPhase[] phases = [ledger.BeginPhase("zeta"), ledger.BeginPhase("alpha")];
                void Book((int Phase, int Client, Direction Direction) p) =>
                    phases[p.Phase].Book(p.Client, p.Direction, [new(PartKind.Envelope, 4), new(PartKind.SparseValues, 10 + p.Client), new(PartKind.Mask, 5), new(PartKind.SparseValues, 3)]);
                if (parallel)
                    Parallel.ForEach(payloads, new ParallelOptions { MaxDegreeOfParallelism = 4 }, Book);
                else
                    Array.ForEach(payloads, Book);
                LedgerRound round = ledger.CompleteRound();
                return Encoding.UTF8.GetString(round.Text.Span) + ledger.Digest;
            }
        },
        tests: 50);

    [Fact]
    public void Mutated_text_ends_in_rounds_or_in_a_typed_error_and_what_is_read_is_what_was_written()
    {
        var written = new MemoryStream();
        var ledger = new Ledger();
        written.Write("round,phase,client,direction,part,bytes\n"u8);
        for (int round = 0; round < 3; round++)
        {
            ledger.BeginRound(round);
            ledger.BeginPhase("train").Book(round, Direction.Up, Sizes);
            ledger.BeginPhase("grow-1").Book(9, Direction.Down, Sizes);
            written.Write(ledger.CompleteRound().Text.Span);
        }

        byte[] valid = written.ToArray();
        var random = new KeyedRandom(new RandomKey(5, RandomPurpose.Synthetic));
        int refused = 0;
        for (int i = 0; i < 4000; i++)
        {
            byte[] mutated = [.. valid];
            for (int edits = random.Next(3); edits >= 0; edits--)
                mutated[random.Next(mutated.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : valid[random.Next(valid.Length)]);
            var read = new MemoryStream();
            read.Write("round,phase,client,direction,part,bytes\n"u8);
            try
            {
                LedgerReader.Read(new MemoryStream(mutated), null, round => read.Write(round.Text.Span));
                Assert.Equal(mutated, read.ToArray());
            }
            catch (LedgerException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 3000, 3999);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("round,phase\n", 1)]
    [InlineData("H0,train,1,up,mask,4\n0,train,0,up,mask,4\n", 3)]
    [InlineData("H0,train,1,up,mask,4\n0,train,1,down,mask,4\n", 3)]
    [InlineData("H0,a,1,up,mask,4\n0,b,1,up,mask,4\n0,a,2,up,mask,4\n", 4)]
    [InlineData("H1,train,1,up,mask,4\n0,train,1,up,mask,4\n", 3)]
    [InlineData("H0,train,1,up,mask,04\n", 2)]
    [InlineData("H0,train,1,up,mask,-4\n", 2)]
    [InlineData("H0,train,1,up,mask,9223372036854775808\n", 2)]
    [InlineData("H0,train,2147483648,up,mask,1\n", 2)]
    [InlineData("H0,Train,1,up,mask,4\n", 2)]
    [InlineData("H0,train,1,left,mask,4\n", 2)]
    [InlineData("H0,train,1,up,masks,4\n", 2)]
    [InlineData("H0,train,1,up,mask\n", 2)]
    [InlineData("H0,train,1,up,mask,4,5\n", 2)]
    [InlineData("H0,train,1,up,mask,4", 2)]
    [InlineData("H\n", 2)]
    public void A_line_that_is_not_canonical_is_named(string text, long line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text.Replace("H", "round,phase,client,direction,part,bytes\n", StringComparison.Ordinal));

        LedgerException error = Assert.Throws<LedgerException>(() => LedgerReader.Read(new MemoryStream(bytes), null, _ => { }));

        Assert.Equal(line, error.Line);
    }

    [Fact]
    public void A_line_of_a_completed_round_that_was_cut_is_an_error_and_one_of_a_later_round_is_dropped()
    {
        byte[] bytes = "round,phase,client,direction,part,bytes\n0,a,1,up,mask,4\n1,a,1,up,ma"u8.ToArray();

        Assert.Throws<LedgerException>(() => LedgerReader.Read(new MemoryStream(bytes), 1, _ => { }));
        Assert.Equal(bytes.Length - "1,a,1,up,ma".Length, LedgerReader.Read(new MemoryStream(bytes), 0, _ => { }));
    }

    [Fact]
    public void Rounds_and_phases_out_of_turn_are_refused()
    {
        var ledger = new Ledger();
        Assert.Throws<InvalidOperationException>(() => ledger.BeginPhase("train"));
        Assert.Throws<InvalidOperationException>(() => ledger.CompleteRound());
        ledger.BeginRound(3);
        Assert.Throws<InvalidOperationException>(() => ledger.BeginRound(4));
        Assert.Throws<ArgumentException>(() => ledger.BeginPhase("two words"));
        LedgerPhase phase = ledger.BeginPhase("train");
        Assert.Same(phase, ledger.BeginPhase("train"));
        ledger.CompleteRound();
        Assert.Throws<InvalidOperationException>(() => phase.Book(0, Direction.Up, Sizes));
        Assert.Throws<InvalidOperationException>(() => ledger.BeginRound(3));
    }

    [Fact]
    public void An_abandoned_round_leaves_no_trace()
    {
        var ledger = new Ledger();
        string before = ledger.Digest;
        ledger.BeginRound(0);
        ledger.BeginPhase("train").Book(0, Direction.Up, Sizes);
        ledger.AbandonRound();
        ledger.BeginRound(0);

        Assert.Empty(ledger.CompleteRound().Entries);
        Assert.Equal((before, 0), (ledger.Digest, ledger.Totals.Bytes));
    }
}
