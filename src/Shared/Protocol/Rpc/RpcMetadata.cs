using System.Buffers;
using System.Collections;

namespace Federated.Protocol.Rpc;

/// <summary>
/// What goes with a call beside its messages: entries of text (printable ASCII) and, under names that end with <c>-bin</c>, of bytes, which cross in base64. Ordered; a name may occur more than once.
/// </summary>
public sealed class RpcMetadata : IEnumerable<RpcMetadataEntry>
{
    private const string BinarySuffix = "-bin";

    // "Header-Name" of the gRPC-over-HTTP/2 specification.
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

    private readonly List<RpcMetadataEntry> entries = [];
    private bool isReadOnly;

    /// <summary>No entries; it cannot be added to.</summary>
    public static RpcMetadata Empty { get; } = new() { isReadOnly = true };

    /// <summary>Number of entries.</summary>
    public int Count => entries.Count;

    /// <summary>Adds text.</summary>
    /// <exception cref="ArgumentException">The name is not one of a text entry, is reserved for gRPC or HTTP, or the value is not printable ASCII.</exception>
    public void Add(string name, string value)
    {
        RequireName(name);
        if (IsBinary(name))
            throw new ArgumentException($"metadata '{name}' ends with -bin: its value is bytes.", nameof(name));
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~') || value.StartsWith(' ') || value.EndsWith(' '))
            throw new ArgumentException($"the value of metadata '{name}' is not printable ASCII without spaces around it; use a name that ends with -bin for bytes.", nameof(value));
        Append(new RpcMetadataEntry(name, value, default));
    }

    /// <summary>Adds bytes, which are not copied.</summary>
    /// <exception cref="ArgumentException">The name does not end with <c>-bin</c> or is reserved.</exception>
    public void Add(string name, ReadOnlyMemory<byte> value)
    {
        RequireName(name);
        if (!IsBinary(name))
            throw new ArgumentException($"metadata '{name}' has bytes and does not end with -bin.", nameof(name));
        Append(new RpcMetadataEntry(name, null, value));
    }

    /// <summary>Text of the last entry of that name; null without one.</summary>
    public string? GetText(string name) => Find(name)?.Text;

    /// <summary>Bytes of the last entry of that name; null without one.</summary>
    public ReadOnlyMemory<byte>? GetBytes(string name) => Find(name)?.Bytes;

    /// <inheritdoc/>
    public IEnumerator<RpcMetadataEntry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>An entry's value as it stands in a header: base64 without padding for bytes, as the specification asks for.</summary>
    internal static string ToHeader(in RpcMetadataEntry entry) => entry.Text ?? Convert.ToBase64String(entry.Bytes.Span).TrimEnd('=');

    /// <summary>Adds what stands in a header; names that gRPC and HTTP use themselves are left out.</summary>
    /// <exception cref="RpcException">A <c>-bin</c> value is not base64.</exception>
    internal void AddHeader(string name, string value)
    {
        string lower = name.ToLowerInvariant();
        if (IsReserved(lower))
            return;
        if (!IsBinary(lower))
        {
            Append(new RpcMetadataEntry(lower, value, default));
            return;
        }

        // Several values of one name may have been joined with commas on the way, which base64 does not contain.
        foreach (Range part in value.AsSpan().Split(','))
            Append(new RpcMetadataEntry(lower, null, FromBase64(value.AsSpan(part).Trim())));
    }

    private static byte[] FromBase64(ReadOnlySpan<char> text)
    {
        int padding = (4 - (text.Length % 4)) % 4;
        Span<char> padded = text.Length + padding <= 256 ? stackalloc char[text.Length + padding] : new char[text.Length + padding];
        text.CopyTo(padded);
        padded[text.Length..].Fill('=');
        var bytes = new byte[padded.Length / 4 * 3];
        if (padding == 3 || !Convert.TryFromBase64Chars(padded, bytes, out int written))
            throw new RpcException(RpcFailures.MetadataNotBase64);
        return written == bytes.Length ? bytes : bytes[..written];
    }

    private static bool IsBinary(string name) => name.EndsWith(BinarySuffix, StringComparison.Ordinal);

    private static bool IsReserved(string name) => name.StartsWith(':') || name.StartsWith("grpc-", StringComparison.Ordinal)
        || name is "content-type" or "te" or "host" or "connection" or "content-length" or "transfer-encoding" or "upgrade" or "keep-alive" or "date" or "server" or "trailer";

    private static void RequireName(string name)
    {
        if (string.IsNullOrEmpty(name) || name.AsSpan().ContainsAnyExcept(NameCharacters))
            throw new ArgumentException($"'{name}' is no name of metadata: it has lower case letters, digits, '_', '-' and '.'.", nameof(name));
        if (IsReserved(name))
            throw new ArgumentException($"metadata '{name}' is reserved for gRPC and HTTP.", nameof(name));
    }

    private void Append(RpcMetadataEntry entry)
    {
        if (isReadOnly)
            throw new InvalidOperationException("The empty metadata cannot be added to.");
        entries.Add(entry);
    }

    private RpcMetadataEntry? Find(string name)
    {
        for (int i = entries.Count - 1; i >= 0; i--)
        {
            if (string.Equals(entries[i].Name, name, StringComparison.Ordinal))
                return entries[i];
        }

        return null;
    }
}
