using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Protocol.Tests;

public sealed class PayloadReferencesTests
{
    private static readonly Mask From = Layouts.RandomMask(Layouts.Small, 1, 0.1);
    private static readonly Mask To = Layouts.RandomMask(Layouts.Small, 2, 0.1);
    private static readonly string Values = new('a', 64);

    [Fact]
    public void References_and_the_masks_that_changes_start_from_are_named_once_in_their_order()
    {
        byte[] payload = new Payload(
            new MaskChangePart(From, To), new ReferencePart(PartKind.SparseValues, Values), new ReferencePart(PartKind.Mask, From.Digest), new ScalarsPart(Scalar.Of(1, 1L))).Encode().Bytes;
        Assert.Equal([From.Digest, Values], PayloadReferences.Of(payload));
    }

    [Fact]
    public void What_crosses_whole_refers_to_nothing() =>
        Assert.Empty(PayloadReferences.Of(new Payload(new MaskPart(To), new SparseValuesPart(To, new float[To.Count])).Encode().Bytes));

    [Fact]
    public void Bytes_that_are_no_payload_are_a_typed_error()
    {
        byte[] payload = new Payload(new ReferencePart(PartKind.Mask, From.Digest)).Encode().Bytes;
        for (int length = 0; length < payload.Length; length++)
            Assert.Equal(PayloadError.Truncated, Assert.Throws<PayloadException>(() => PayloadReferences.Of(payload.AsSpan(0, length))).Error);
        Assert.Equal(PayloadError.TrailingBytes, Assert.Throws<PayloadException>(() => PayloadReferences.Of([.. payload, 0])).Error);
    }
}
