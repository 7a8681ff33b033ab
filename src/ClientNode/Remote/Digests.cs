using Google.Protobuf;

namespace Federated.ClientNode.Remote;

/// <summary>Digests as they cross (32 bytes) and as the program names content with them (64 lower-case hexadecimal digits).</summary>
internal static class Digests
{
    /// <summary>Bytes of a SHA-256.</summary>
    public const int Bytes = 32;

    /// <summary>The digest as text.</summary>
    public static string Text(ByteString digest) => Convert.ToHexStringLower(digest.Span);

    /// <summary>Whether it has the length of a digest.</summary>
    public static bool IsDigest(ByteString digest) => digest.Length == Bytes;
}
