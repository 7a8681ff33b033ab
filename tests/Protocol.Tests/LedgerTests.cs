using System.Security.Cryptography;
using System.Text;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
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
}
