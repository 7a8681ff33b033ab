using Federated.Engine.Randomness;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>What the tests of transfers share.</summary>
internal static class Samples
{
    public const string Run = "a-run";

    /// <summary>The limit of every await: a test that hangs says so.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Patience that costs a test no time.</summary>
    public static readonly TransferOptions Impatient = new() { FirstPause = TimeSpan.Zero, LongestPause = TimeSpan.Zero };

    public static byte[] Bytes(int length, int seed = 1)
    {
        KeyedRandom random = new(new RandomKey(7, RandomPurpose.Synthetic, Client: seed));
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)random.NextUInt32();
        return bytes;
    }

    public static ServerCall Call(CancellationToken cancel = default) =>
        new(new DefaultHttpContext { RequestAborted = cancel }, "/federated.v1.Transfer/Upload", new RpcServiceOptions());

    public static UploadName Name(byte[] content, ulong list = 1) =>
        new() { Run = Run, List = list, Sha256 = BlobDigest.Of(content).ToByteString(), Length = (ulong)content.Length };

    public static Chunk ChunkOf(byte[] content, int offset, int length) => new()
    {
        Offset = (ulong)offset,
        Data = ByteString.CopyFrom(content, offset, length),
        Crc32C = Crc32C.Compute(content.AsSpan(offset, length)),
        Total = (ulong)content.Length,
    };

    public static UploadPart Part(byte[] content, int offset, int length) => new() { Chunk = ChunkOf(content, offset, length) };
}
