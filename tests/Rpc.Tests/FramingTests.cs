using Federated.Protocol.Rpc;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>Small texts of the protocol: timeouts, messages, metadata, statuses.</summary>
public sealed class FramingTests
{
    [Theory]
    [InlineData(1, "1u")] // a tick is a tenth of a microsecond: rounded up
    [InlineData(10, "1u")]
    [InlineData(11, "2u")]
    [InlineData(999_999_990, "99999999u")]
    [InlineData(1_000_000_000, "100000m")]
    [InlineData(1_000_000_001, "100001m")]
    [InlineData(36_000_000_000, "3600000m")]
    [InlineData(1_000_000_000_000, "100000S")]
    [InlineData(1_000_000_010_000_000, "1666667M")] // 100,000,001 s has nine digits
    public void Timeouts_are_written_in_the_finest_unit_that_fits(long ticks, string text)
    {
        Assert.Equal(text, TimeoutHeader.Format(TimeSpan.FromTicks(ticks)));
        Assert.True(TimeoutHeader.TryParse(text, out TimeSpan read));
        Assert.True(read >= TimeSpan.FromTicks(ticks));
    }

    [Theory]
    [InlineData("1n", 1)]
    [InlineData("100n", 1)]
    [InlineData("101n", 2)]
    [InlineData("5u", 50)]
    [InlineData("5m", 50_000)]
    [InlineData("5S", 50_000_000)]
    [InlineData("5M", 3_000_000_000)]
    [InlineData("5H", 180_000_000_000)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    [InlineData("0S", 0)]
    public void Timeouts_are_read_in_every_unit(string text, long ticks)
    {
        Assert.True(TimeoutHeader.TryParse(text, out TimeSpan read));
        Assert.Equal(ticks, read.Ticks);
    }

    [Theory]
    [InlineData("plain text ~")]
    [InlineData("100%")]
    [InlineData("\t\r\n")]
    [InlineData("Unicode ☺ 😈")]
    [InlineData("")]
    public void Messages_survive_their_encoding(string message)
    {
        string encoded = PercentEncoding.Encode(message);

        Assert.DoesNotContain(encoded, letter => letter is < ' ' or > '~');
        Assert.Equal(message, PercentEncoding.Decode(encoded));
    }

    [Theory]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("a%zzb", "a%zzb")]
    [InlineData("%41%", "A%")]
    [InlineData("%e2%98%ba", "☺")]
    public void Damaged_escapes_stay_as_they_are(string encoded, string message) => Assert.Equal(message, PercentEncoding.Decode(encoded));

    [Fact]
    public void Long_messages_are_cut_at_a_character()
    {
        string encoded = PercentEncoding.Encode(new string('a', 2047) + "😈" + new string('b', 5000));

        Assert.Equal(new string('a', 2047), encoded);
    }

    [Theory]
    [InlineData("Upper")]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("new\nline")]
    [InlineData("grpc-status")]
    [InlineData("content-type")]
    [InlineData(":path")]
    public void Names_that_cannot_cross_are_refused(string name)
    {
        Assert.Throws<ArgumentException>(() => new RpcMetadata { { name, "value" } });
        Assert.Throws<ArgumentException>(() => new RpcMetadata { { name + "-bin", new byte[1] }, { name, "x" } });
    }

    [Theory]
    [InlineData("two\r\nlines")]
    [InlineData("ümlaut")]
    [InlineData(" leading")]
    [InlineData("trailing ")]
    public void Values_that_cannot_cross_are_refused(string value) => Assert.Throws<ArgumentException>(() => new RpcMetadata { { "name", value } });

    [Fact]
    public void Binary_headers_may_be_joined()
    {
        var metadata = new RpcMetadata();
        metadata.AddHeader("X-Data-Bin", "AQ==,AgM, /w");

        Assert.Equal(["01", "0203", "FF"], metadata.Select(entry => Convert.ToHexString(entry.Bytes.Span)));
        Assert.Equal([0xff], metadata.GetBytes("x-data-bin")!.Value.ToArray());
    }

    [Fact]
    public void The_empty_metadata_stays_empty() => Assert.Throws<InvalidOperationException>(() => RpcMetadata.Empty.Add("name", "value"));

    [Theory]
    [InlineData(400, RpcStatusCode.Internal)]
    [InlineData(401, RpcStatusCode.Unauthenticated)]
    [InlineData(403, RpcStatusCode.PermissionDenied)]
    [InlineData(404, RpcStatusCode.Unimplemented)]
    [InlineData(429, RpcStatusCode.Unavailable)]
    [InlineData(500, RpcStatusCode.Unknown)]
    [InlineData(502, RpcStatusCode.Unavailable)]
    [InlineData(503, RpcStatusCode.Unavailable)]
    [InlineData(504, RpcStatusCode.Unavailable)]
    public void Statuses_of_http_have_a_meaning(int http, RpcStatusCode code) => Assert.Equal(code, StatusMapping.FromHttp(http).Code);

    [Theory]
    [InlineData(0x0, RpcStatusCode.Internal)]
    [InlineData(0x1, RpcStatusCode.Internal)]
    [InlineData(0x2, RpcStatusCode.Internal)]
    [InlineData(0x3, RpcStatusCode.Internal)]
    [InlineData(0x7, RpcStatusCode.Unavailable)]
    [InlineData(0x8, RpcStatusCode.Cancelled)]
    [InlineData(0xb, RpcStatusCode.ResourceExhausted)]
    [InlineData(0xc, RpcStatusCode.PermissionDenied)]
    public void Resets_have_a_meaning(long error, RpcStatusCode code) => Assert.Equal(code, StatusMapping.FromReset(error).Code);

    [Fact]
    public void Waits_grow_up_to_the_longest_and_differ_by_key()
    {
        var even = new RpcBackoff { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(3), Factor = 2, Jitter = 0 };
        Assert.Equal([1.0, 2.0, 3.0, 3.0], Enumerable.Range(1, 4).Select(i => even.After(i).TotalSeconds));

        RpcBackoff first = even with { Jitter = 0.2, Key = 1 };
        RpcBackoff second = even with { Jitter = 0.2, Key = 2 };
        Assert.Equal(first.After(1), first.After(1));
        Assert.NotEqual(first.After(1), second.After(1));
        double[] waits = [.. Enumerable.Range(0, 1000).Select(key => (even with { Jitter = 0.2, Key = (ulong)key }).After(1).TotalSeconds)];
        Assert.All(waits, wait => Assert.InRange(wait, 0.8, 1.2));
        Assert.InRange(waits.Average(), 0.98, 1.02);
    }
}
