using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Accounting;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Federated.TestKit;
using Xunit;

namespace Federated.Protocol.Tests;

/// <summary>Bytes that must not change: what runs recorded yesterday is compared with what runs record today.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void Bytes_on_the_wire_in_the_ledger_and_of_sums_are_those_committed()
    {
        ParameterLayout layout = Layouts.Small;
        Mask from = Layouts.RandomMask(layout, 1, 0.1);
        Mask to = Layouts.RandomMask(layout, 2, 0.12);
        Part[] parts =
        [
            new ScalarsPart(Scalar.Of(1, 600L), Scalar.Of(2, 0.125), Scalar.Of(3, -1L)),
            new DenseValuesPart(Layouts.RandomValues(layout.Count, 3)),
            new MaskPart(from),
            new MaskPart(Layouts.RandomMask(layout, 4, 0.5)),
            new MaskPart(Layouts.RandomMask(layout, 5, 0.9)),
            new MaskChangePart(from, to),
            new SparseValuesPart(to, Layouts.RandomValues(to.Count, 6)),
            new IndexedValuesPart(4, to[4]!, Layouts.RandomValues(to[4]!.Count, 7)),
            new NormStatisticsPart(Layouts.RandomValues(16, 8)),
            new TopGradientsPart(new TensorGradients(0, 216, [1, 100], [0.5f, -2]), new TensorGradients(2, 1152, [0, 1151], [3, 4])),
            new ReferencePart(PartKind.Mask, to.Digest),
            new TensorValuesPart(PartKind.TensorValues, new ParameterSubset(layout, 1, 3), Layouts.RandomValues(18, 9)),
            new TensorValuesPart(PartKind.FrozenValues, new ParameterSubset(layout, 0), Layouts.RandomValues(216, 10)),
            new TensorValuesPart(PartKind.BodyValues, new ParameterSubset(layout, 2, 4), Layouts.RandomValues(1792, 11)),
            new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(2, 3, 5), Layouts.RandomValues(30, 12)),
            new DenseActivationsPart(PartKind.BodyOutput, new ActivationShape(2, 1, 5), Layouts.RandomValues(10, 13)),
            new DenseActivationsPart(PartKind.TailGradient, new ActivationShape(2, 1, 5), Layouts.RandomValues(10, 14)),
            new DenseActivationsPart(PartKind.CutGradient, new ActivationShape(2, 3, 5), Layouts.RandomValues(30, 15)),
            Compress(PartKind.SmashedData, ActivationCompression.Quantized(8)),
            Compress(PartKind.BodyOutput, ActivationCompression.Quantized(4)),
            Compress(PartKind.SmashedData, ActivationCompression.TopK(0.2)),
            Compress(PartKind.SmashedData, ActivationCompression.RandomTopK(0.2, 0.3)),
            new LabelsPart(10, 3, 9, 0),
            new SampleNumbersPart(600, 599, 0, 17),
            new TensorValuesPart(PartKind.PrivateValues, new ParameterSubset(layout, 1, 3), Layouts.RandomValues(18, 17)),
        ];
        var text = new StringBuilder();
        foreach (Part part in parts)
        {
            EncodedPayload encoded = new Payload(part).Encode();
            text.Append(CultureInfo.InvariantCulture, $"{part.Kind} {encoded.Length} {Convert.ToHexStringLower(SHA256.HashData(encoded.Bytes))}\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"mask {Convert.ToHexStringLower(new Payload(new MaskPart(from)).Encode().Bytes)}\n");

        var ledger = new Ledger();
        for (int round = 0; round < 2; round++)
        {
            ledger.BeginRound(round);
            ledger.BeginPhase("train").Book(3, Direction.Down, new Payload(parts).Encode());
            ledger.CompleteRound();
        }

        text.Append(CultureInfo.InvariantCulture, $"ledger {ledger.Digest}\n");

        var sum = new ExactSum(8);
        for (ulong client = 0; client < 5; client++)
            sum.Add(Layouts.RandomValues(8, client), 100 + (long)client);
        text.Append(CultureInfo.InvariantCulture, $"mean {string.Join(' ', sum.Mean().Select(v => BitConverter.SingleToInt32Bits(v).ToString("x8")))}\n");
        text.Append(CultureInfo.InvariantCulture, $"sum {Convert.ToHexStringLower(PartialSum.Encode(sum))}\n");
        GoldenFile.AssertMatches("tests/Protocol.Tests/golden/bytes.txt", text.ToString());
    }

    private static ActivationsPart Compress(PartKind kind, ActivationCompression compression) => new ActivationCompressor(compression).Compress(
        kind, new ActivationShape(2, 3, 20), Layouts.RandomValues(120, 16), new RandomKey(1, RandomPurpose.Quantization));
}
