using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Federated.Engine.Storage;

/// <summary>The JSON header of a safetensors file: written deterministically, and checked completely before anything is allocated for the data.</summary>
internal sealed class SafeTensorsHeader
{
    /// <summary>Bytes of the header's length in front of the header.</summary>
    public const int PrefixBytes = sizeof(ulong);

    /// <summary>The format's own limit on the header's length.</summary>
    private const int MaximumBytes = 100_000_000;

    // Enough for the header (one level), its tensors (two) and their arrays (three); anything deeper is not a header.
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 3 };

    // Relaxed escaping leaves everything but quotes, backslashes and control characters as UTF-8, like the format's own implementation.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private SafeTensorsHeader(List<Entry> entries, ImmutableSortedDictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
    }

    /// <summary>The tensors in the order of their data, which they cover without gaps.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>Free text by key.</summary>
    public ImmutableSortedDictionary<string, string> Metadata { get; }

    /// <summary>Whether a string can be written as UTF-8.</summary>
    public static bool IsText(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                return false;
        }

        return true;
    }

    /// <summary>Checks the header's length, as the file states it, against the limit and the file.</summary>
    public static int CheckLength(ulong stated, long fileBytes, string file)
    {
        if (stated > MaximumBytes)
            throw new SafeTensorsException(file, $"its header claims {stated} bytes, more than the format's limit of {MaximumBytes}");
        if ((long)stated > fileBytes - PrefixBytes)
            throw new SafeTensorsException(file, $"its header claims {stated} bytes, but only {fileBytes - PrefixBytes} follow; it is cut off or of another format");
        return (int)stated;
    }

    /// <summary>Formats the header, padded with spaces so that the data starts at a multiple of eight bytes.</summary>
    public static byte[] Format(ReadOnlySpan<NamedTensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
                FormatMetadata(json, metadata);
            var names = new HashSet<string>(StringComparer.Ordinal);
            long offset = 0;
            foreach (NamedTensor tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                    throw new ArgumentException($"Two tensors are called {tensor.Name}.", nameof(tensors));
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", SafeTensorsTypes.Name(tensor.Type));
                json.WriteStartArray("shape");
                foreach (int dimension in tensor.Shape)
                    json.WriteNumberValue(dimension);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.Data.Length;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + 7) & ~7;
        if (padded > MaximumBytes)
            throw new ArgumentException($"The header would take {padded} bytes, more than the format's limit of {MaximumBytes}.", nameof(tensors));
        byte[] header = new byte[padded];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        return header;
    }

    /// <summary>Parses and checks a header whose data takes <paramref name="dataBytes"/> bytes.</summary>
    /// <exception cref="SafeTensorsException">The header is not the format's JSON, or its tensors do not cover the data exactly.</exception>
    public static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, long dataBytes, string file)
    {
        if (!Utf8.IsValid(json))
            throw new SafeTensorsException(file, "its header is not UTF-8");
        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = ImmutableSortedDictionary<string, string>.Empty;
        try
        {
            var reader = new Utf8JsonReader(json, ReaderOptions);
            Expect(ref reader, JsonTokenType.StartObject, "an object", file);
            while (NextProperty(ref reader, out string name))
            {
                if (!names.Add(name))
                    throw new SafeTensorsException(file, $"{name} appears twice in its header");
                if (string.Equals(name, SafeTensorsFile.MetadataName, StringComparison.Ordinal))
                    metadata = ParseMetadata(ref reader, file);
                else
                    entries.Add(ParseEntry(ref reader, name, file));
            }

            if (reader.Read())
                throw new SafeTensorsException(file, "something follows the header's object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string with an unpaired surrogate escape.
            throw new SafeTensorsException(file, $"its header is not valid JSON ({e.Message.TrimEnd('.')})", e);
        }

        // A stable order, by end too: an empty tensor comes before the one that starts where it does, and several keep the header's order.
        entries = [.. entries.OrderBy(static entry => entry.Begin).ThenBy(static entry => entry.End)];
        RequireCover(entries, dataBytes, file);
        return new SafeTensorsHeader(entries, metadata);
    }

    private static void FormatMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafeTensorsFile.MetadataName);
        foreach ((string key, string value) in metadata.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (!IsText(key) || !IsText(value))
                throw new ArgumentException("The metadata holds an unpaired surrogate, which UTF-8 cannot express.", nameof(metadata));
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static ImmutableSortedDictionary<string, string> ParseMetadata(ref Utf8JsonReader reader, string file)
    {
        var metadata = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        Expect(ref reader, JsonTokenType.StartObject, "an object under __metadata__", file);
        while (NextProperty(ref reader, out string key))
        {
            Expect(ref reader, JsonTokenType.String, $"text under __metadata__ {key}", file);
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new SafeTensorsException(file, $"{key} appears twice under __metadata__");
        }

        return metadata.ToImmutable();
    }

    private static Entry ParseEntry(ref Utf8JsonReader reader, string name, string file)
    {
        SafeTensorsType? type = null;
        ImmutableArray<long> shape = default;
        ImmutableArray<long> offsets = default;
        Expect(ref reader, JsonTokenType.StartObject, $"an object for {name}", file);
        while (NextProperty(ref reader, out string key))
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, $"text as dtype of {name}", file);
                    string typeName = reader.GetString()!;
                    type = SafeTensorsTypes.FromName(typeName) ?? throw new SafeTensorsException(file, $"{name} has the unknown dtype {typeName}");
                    break;
                case "shape" when shape.IsDefault:
                    shape = ParseNumbers(ref reader, $"the shape of {name}", file);
                    break;
                case "data_offsets" when offsets.IsDefault:
                    offsets = ParseNumbers(ref reader, $"the data_offsets of {name}", file);
                    break;
                default:
                    throw new SafeTensorsException(file, $"{name} has the unexpected or repeated key {key}");
            }
        }

        if (type is null || shape.IsDefault || offsets.IsDefault)
            throw new SafeTensorsException(file, $"{name} lacks one of dtype, shape and data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new SafeTensorsException(file, $"{name} has the data_offsets [{string.Join(", ", offsets)}], not a begin and an end");
        long expected = SafeTensorsTypes.Size(type.Value);
        foreach (long dimension in shape)
        {
            if (dimension > int.MaxValue || expected * dimension > Array.MaxLength)
                throw new SafeTensorsException(file, $"{name} has the shape [{string.Join(", ", shape)}], which takes more than {Array.MaxLength} bytes");
            expected *= dimension;
        }

        if (offsets[1] - offsets[0] != expected)
            throw new SafeTensorsException(file, $"{name} takes {expected} bytes by its shape and {offsets[1] - offsets[0]} by its data_offsets");
        return new Entry(name, type.Value, [.. shape.Select(static dimension => (int)dimension)], offsets[0], offsets[1]);
    }

    private static ImmutableArray<long> ParseNumbers(ref Utf8JsonReader reader, string what, string file)
    {
        var numbers = ImmutableArray.CreateBuilder<long>();
        Expect(ref reader, JsonTokenType.StartArray, $"an array as {what}", file);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw new SafeTensorsException(file, $"{what} holds something other than a whole number from 0 to 2^63 − 1");
            numbers.Add(number);
        }

        return numbers.ToImmutable();
    }

    private static void RequireCover(List<Entry> entries, long dataBytes, string file)
    {
        long offset = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Begin != offset)
                throw new SafeTensorsException(file, $"the data of {entry.Name} starts at {entry.Begin}, not where the tensor before it ends ({offset})");
            offset = entry.End;
        }

        if (offset != dataBytes)
            throw new SafeTensorsException(file, $"its tensors take {offset} bytes and {dataBytes} follow the header; it is cut off or something was appended");
    }

    private static bool NextProperty(ref Utf8JsonReader reader, out string name)
    {
        reader.Read();
        bool isProperty = reader.TokenType == JsonTokenType.PropertyName;
        name = isProperty ? reader.GetString()! : "";
        return isProperty;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType type, string what, string file)
    {
        if (!reader.Read() || reader.TokenType != type)
            throw new SafeTensorsException(file, $"its header lacks {what}");
    }

    /// <summary>One tensor of the header; begin and end count bytes from the start of the data.</summary>
    public sealed record Entry(string Name, SafeTensorsType Type, ImmutableArray<int> Shape, long Begin, long End);
}
