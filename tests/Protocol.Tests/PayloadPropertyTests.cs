using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadPropertyTests
{
    private static readonly ParameterLayout Layout = Layouts.Small;

    private static readonly Gen<Mask> Masks =
        from seed in Gen.Choose(0, 1_000_000)
        from percent in Gen.OneOf(Gen.Choose(0, 100), Gen.Elements(0, 1, 50, 100))
        select Layouts.RandomMask(Layout, (ulong)seed, percent / 100.0);

    [Fact]
    public void A_mask_and_the_change_to_it_give_the_same_mask() => Properties.Check(
        Masks.Two(),
        pair =>
        {
            (Mask from, Mask to) = pair;
            Payload whole = Payload.Decode(new Payload(new MaskPart(to)).Encode().Bytes, new PayloadContext(Layout, 0));
            Payload change = Payload.Decode(new Payload(new MaskChangePart(from, to)).Encode().Bytes, new PayloadContext(Layout, 0, from));
            return whole.Get<MaskPart>().Mask.Digest == to.Digest && change.Get<MaskChangePart>().To.Digest == to.Digest;
        },
        tests: 500);

    [Fact]
    public void Scalars_come_back_bit_by_bit() => Properties.Check(
        ArbMap.Default.GeneratorFor<(int Key, bool IsInteger, long Bits)[]>(),
        numbers =>
        {
            Scalar[] scalars = [.. numbers.DistinctBy(n => n.Key & 127).Select(n => n.IsInteger
                ? Scalar.Of(n.Key & 127, n.Bits * 0x1E3779B97F4A7C15L)
                : Scalar.Of(n.Key & 127, BitConverter.Int64BitsToDouble(n.Bits * 0x1E3779B97F4A7C15L)))];
            EncodedPayload encoded = new Payload(new ScalarsPart(scalars)).Encode();
            ScalarsPart received = Payload.Decode(encoded.Bytes, new PayloadContext(Layout, 0)).Get<ScalarsPart>();
            return received.Scalars.SequenceEqual([.. scalars.OrderBy(s => s.Key)]) && encoded.Parts.Sum(p => p.Bytes) == encoded.Length;
        });

    [Fact]
    public void No_change_of_mask_costs_the_digest_and_two_counts_per_tensor()
    {
        Mask mask = Layouts.RandomMask(Layout, 1, 0.1);

        // Kind, codec, length, 32 bytes of digest, two zeros for each of the three tensors that can be pruned.
        Assert.Equal(3 + 32 + 6, new Payload(new MaskChangePart(mask, mask)).Encode().Parts[1].Bytes);
    }

    [Fact]
    public void Digests_of_parts_cover_their_bytes()
    {
        EncodedPayload one = new Payload(new ScalarsPart(Scalar.Of(1, 2L)), new NormStatisticsPart([1, 2])).Encode();
        EncodedPayload two = new Payload(new NormStatisticsPart([1, 2])).Encode();

        Assert.Equal(one.DigestOf(2), two.DigestOf(1));
        Assert.NotEqual(one.DigestOf(1), one.DigestOf(2));
    }
}
