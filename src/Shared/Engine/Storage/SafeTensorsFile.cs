using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Federated.Engine.Storage;

/// <summary>
/// The contents of a safetensors file (https://github.com/huggingface/safetensors, "Format"): 8 bytes of little-endian header length, a JSON header,
/// and the tensors' raw little-endian values without gaps. The same tensors and metadata always give the same bytes.
/// </summary>
public sealed class SafeTensorsFile
{
    /// <summary>The header's key for free text, which no tensor may have as its name.</summary>
    public const string MetadataName = "__metadata__";

    private readonly Dictionary<string, NamedTensor> byName;

    private SafeTensorsFile(ImmutableArray<NamedTensor> tensors, ImmutableSortedDictionary<string, string> metadata)
    {
        Tensors = tensors;
        Metadata = metadata;
        byName = tensors.ToDictionary(static tensor => tensor.Name, StringComparer.Ordinal);
    }

    /// <summary>All tensors in the order of their data.</summary>
    public ImmutableArray<NamedTensor> Tensors { get; }

    /// <summary>Free text by key, in ordinal order of the keys; empty when the file has none.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>The tensor called <paramref name="name"/>.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    public NamedTensor this[string name] => Find(name) ?? throw new KeyNotFoundException($"The file has no tensor called {name}.");

    /// <summary>The tensor called <paramref name="name"/>, or null.</summary>
    public NamedTensor? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>Reads a whole file. Nothing larger than the file itself is ever allocated, whatever its header claims.</summary>
    /// <exception cref="SafeTensorsException">The file does not exist, cannot be read or breaks the format.</exception>
    public static SafeTensorsFile Read(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Read(stream, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafeTensorsException(path, $"it cannot be read ({e.Message.TrimEnd('.')})", e);
        }
    }

    /// <summary>Reads from the start to the end of a stream that can seek.</summary>
    /// <param name="stream">The bytes; its length bounds everything that is allocated.</param>
    /// <param name="name">What error messages call the stream.</param>
    /// <exception cref="SafeTensorsException">The bytes break the format.</exception>
    public static SafeTensorsFile Read(Stream stream, string name)
    {
        stream.Position = 0;
        long length = stream.Length;
        try
        {
            Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixBytes];
            if (length < prefix.Length)
                throw new SafeTensorsException(name, $"it has {length} bytes, and the header's length alone takes {prefix.Length}");
            stream.ReadExactly(prefix);
            int headerBytes = SafeTensorsHeader.CheckLength(BinaryPrimitives.ReadUInt64LittleEndian(prefix), length, name);
            byte[] json = new byte[headerBytes];
            stream.ReadExactly(json);
            var header = SafeTensorsHeader.Parse(json, length - prefix.Length - headerBytes, name);
            var tensors = ImmutableArray.CreateBuilder<NamedTensor>(header.Entries.Count);
            foreach (SafeTensorsHeader.Entry entry in header.Entries)
            {
                byte[] data = new byte[entry.End - entry.Begin];
                stream.ReadExactly(data);
                tensors.Add(new NamedTensor(entry.Name, entry.Type, entry.Shape, data));
            }

            return new SafeTensorsFile(tensors.MoveToImmutable(), header.Metadata);
        }
        catch (EndOfStreamException e)
        {
            throw new SafeTensorsException(name, "it ended while it was being read", e);
        }
    }

    /// <summary>Writes the tensors in the given order, atomically: a file already at <paramref name="path"/> is replaced as a whole or not at all.</summary>
    /// <exception cref="ArgumentException">Two tensors have the same name, or the metadata is not valid text.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
        => AtomicFile.Write(path, stream => Write(stream, tensors, metadata));

    /// <summary>Writes the tensors to a stream in the given order; the metadata is sorted by key.</summary>
    /// <exception cref="ArgumentException">Two tensors have the same name, or the metadata is not valid text.</exception>
    public static void Write(Stream stream, IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        NamedTensor[] all = [.. tensors];
        byte[] header = SafeTensorsHeader.Format(all, metadata);
        Span<byte> prefix = stackalloc byte[SafeTensorsHeader.PrefixBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (NamedTensor tensor in all)
            stream.Write(tensor.Data.Span);
    }
}
