using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadFuzzTests
{
    /// <summary>A million weights in two tensors, so that a length that is believed without a look at the bytes would show in the allocations.</summary>
    private static readonly ParameterLayout Layout = Layouts.Build(
        ("conv.weight", ParameterKind.ConvolutionWeight, [512, 512, 3, 1]),
        ("bn.weight", ParameterKind.NormalizationScale, [512]),
        ("fc.weight", ParameterKind.LinearWeight, [100, 2048]));

    private static readonly Mask From = Layouts.RandomMask(Layout, 1, 0.001);
    private static readonly Mask To = Layouts.RandomMask(Layout, 2, 0.001);
    private static readonly PayloadContext Context = new(Layout, 64, From, digest => digest == To.Digest ? To : null, Activations: new ActivationLimits(64, 65, 128), Positions: Compress(ActivationCompression.TopK(0.2)).Positions);

    public static TheoryData<string> Kinds => ["values", "mask", "change", "gradients", "indexed", "tensors", "activations", "eight-bits", "four-bits", "sparse", "masked", "labels"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Mutated_bytes_end_in_their_only_parts_or_in_a_typed_error_without_large_allocations(string kind)
    {
        byte[] valid = Build(kind).Encode().Bytes;
        var random = new KeyedRandom(new RandomKey(99, RandomPurpose.Synthetic));
        Assert.Equal(valid, Payload.Decode(valid, Context).Encode().Bytes);
        int refused = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] mutated = Mutate(valid, ref random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Payload? decoded = null;
            try
            {
                decoded = Payload.Decode(mutated, Context);
            }
            catch (PayloadException error)
            {
                refused++;
                Assert.InRange(error.Offset, 0, mutated.Length);
            }

            // Two bits a weight for every set of positions that is decoded (the words and their copy in the set; a change of mask has ranks as well),
            // and 16 KiB for small objects and the exception.
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            long sets = kind is "values" or "tensors" or "activations" or "eight-bits" or "four-bits" or "sparse" or "masked" or "labels" ? 0 : kind is "change" ? 4 : 2;
            Assert.InRange(allocated, 0, (16L * mutated.Length) + (sets * Layout.Count / 8) + 16384);

            // One payload has one encoding: what is taken at all is what its sender's encoder wrote.
            if (decoded is not null)
                Assert.Equal(mutated, decoded.Encode().Bytes);
        }

        Assert.InRange(refused, 500, 1500);
    }

    private static Payload Build(string kind) => kind switch
    {
        "values" => new Payload(new ScalarsPart(Scalar.Of(1, 5L), Scalar.Of(2, 0.5)), new SparseValuesPart(From, Layouts.RandomValues(From.Count, 3)), new NormStatisticsPart(new float[64])),
        "mask" => new Payload(new MaskPart(To), new SparseValuesPart(To, Layouts.RandomValues(To.Count, 3))),
        "change" => new Payload(new MaskChangePart(From, To), new ReferencePart(PartKind.Mask, To.Digest)),
        "gradients" => new Payload(new TopGradientsPart(new TensorGradients(0, 786432, [5, 70, 7000], [1, 2, 3]), new TensorGradients(2, 204800, [100, 200000], [4, 5]))),
        "tensors" => new Payload(new TensorValuesPart(PartKind.TensorValues, new ParameterSubset(Layout, 1), Layouts.RandomValues(512, 3)), new TensorValuesPart(PartKind.FrozenValues, ParameterSubset.None(Layout), [])),
        "activations" => new Payload(new SampleNumbersPart(100, 1, 99, 5), new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(3, 5, 7), Layouts.RandomValues(105, 3))),
        "eight-bits" => new Payload(Compress(ActivationCompression.Quantized(8))),
        "four-bits" => new Payload(Compress(ActivationCompression.Quantized(4))),
        "sparse" => new Payload(Compress(ActivationCompression.RandomTopK(0.2, 0.3))),
        "masked" => new Payload(new MaskedActivationsPart(PartKind.CutGradient, Context.Positions!, Layouts.RandomValues(Context.Positions!.Values.Length, 3))),
        "labels" => new Payload(new LabelsPart(10, [.. Enumerable.Range(0, 64).Select(i => i % 10)])),
        _ => new Payload(new IndexedValuesPart(0, To[0]!, Layouts.RandomValues(To[0]!.Count, 3))),
    };

    private static ActivationsPart Compress(ActivationCompression compression) => new ActivationCompressor(compression).Compress(
        PartKind.SmashedData, new ActivationShape(3, 5, 7), Layouts.RandomValues(105, 3), new RandomKey(1, RandomPurpose.Quantization));

    /// <summary>One to four of: another byte, a flipped bit, a byte more, a byte less, a cut end. Half of the places are among the first 64 bytes, where the headers and counts are.</summary>
    private static byte[] Mutate(byte[] valid, ref KeyedRandom random)
    {
        List<byte> bytes = [.. valid];
        for (int edits = random.Next(4) + 1; edits > 0 && bytes.Count > 0; edits--)
        {
            int at = random.Next(random.Next(2) == 0 ? Math.Min(64, bytes.Count) : bytes.Count);
            switch (random.Next(10))
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
                case < 6:
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
