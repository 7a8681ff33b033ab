using System.Buffers.Text;
using System.Text;
using Federated.Protocol.Payloads;

namespace Federated.Protocol.Accounting;

/// <summary>
/// The canonical text of a ledger: a header line, then one line per entry, fields separated by commas, every line ended by LF, numbers in decimal without leading zeros, ASCII only.
/// Equal ledgers have equal bytes.
/// </summary>
internal static class LedgerText
{
    /// <summary>No line is longer: 64 characters of phase, the numbers, the names and the commas take under 160.</summary>
    public const int MaximumLineBytes = 160;

    public const int MaximumPhaseCharacters = 64;

    private const int Fields = 6;

    private static readonly string[] PartNames =
    [
        "envelope", "scalars", "dense-values", "mask", "mask-change", "sparse-values", "indexed-values", "norm-statistics", "top-gradients", "reference",
        "tensor-values", "frozen-values", "body-values", "smashed-data", "body-output", "tail-gradient", "cut-gradient", "labels", "sample-numbers", "private-values",
    ];

    private static readonly string[] DirectionNames = ["down", "up"];

    /// <summary>The first line, with its LF.</summary>
    public static ReadOnlySpan<byte> Header => "round,phase,client,direction,part,bytes\n"u8;

    /// <summary>Whether a phase may have this name: 1–64 of a–z, 0–9 and '-'.</summary>
    public static bool IsPhaseName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaximumPhaseCharacters && !name.ContainsAnyExcept("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>The lines of these entries, in <paramref name="text"/>, which grows when it must.</summary>
    public static ReadOnlyMemory<byte> Format(IReadOnlyList<LedgerEntry> entries, ref byte[] text)
    {
        int length = 0;
        for (int i = 0; i < entries.Count; i++)
        {
            if (text.Length - length < MaximumLineBytes)
                Array.Resize(ref text, checked((text.Length * 2) + MaximumLineBytes));
            length += Format(entries[i], text.AsSpan(length));
        }

        return text.AsMemory(0, length);
    }

    /// <summary>One line without its LF; the exact inverse of what <see cref="Format(IReadOnlyList{LedgerEntry}, ref byte[])"/> writes.</summary>
    /// <exception cref="LedgerException">The line is not canonical.</exception>
    public static LedgerEntry Parse(ReadOnlySpan<byte> line, long number, string? previousPhase)
    {
        Span<Range> fields = stackalloc Range[Fields + 1];
        int count = 0;
        int start = 0;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i < line.Length && line[i] != ',')
                continue;
            if (count == Fields)
                throw new LedgerException(number, $"it has more than {Fields} fields.");
            fields[count++] = start..i;
            start = i + 1;
        }

        if (count != Fields)
            throw new LedgerException(number, $"it has {count} fields, not {Fields}; the file was cut or written by something else.");
        return new LedgerEntry(
            (int)ParseNumber(line[fields[0]], int.MaxValue, "round", number),
            ParsePhase(line[fields[1]], previousPhase, number),
            (int)ParseNumber(line[fields[2]], int.MaxValue, "client", number),
            (Direction)ParseName(line[fields[3]], DirectionNames, "direction", number),
            (PartKind)ParseName(line[fields[4]], PartNames, "part", number),
            ParseNumber(line[fields[5]], long.MaxValue, "number of bytes", number));
    }

    private static int Format(LedgerEntry entry, Span<byte> target)
    {
        int length = 0;
        AppendNumber(entry.Round, target, ref length);
        AppendText(entry.Phase, target, ref length);
        AppendNumber(entry.Client, target, ref length);
        AppendText(DirectionNames[(int)entry.Direction], target, ref length);
        AppendText(PartNames[(int)entry.Part], target, ref length);
        AppendNumber(entry.Bytes, target, ref length);
        target[length - 1] = (byte)'\n';
        return length;
    }

    private static void AppendNumber(long value, Span<byte> target, ref int length)
    {
        Utf8Formatter.TryFormat(value, target[length..], out int written);
        length += written;
        target[length++] = (byte)',';
    }

    private static void AppendText(string text, Span<byte> target, ref int length)
    {
        length += Encoding.ASCII.GetBytes(text, target[length..]);
        target[length++] = (byte)',';
    }

    private static long ParseNumber(ReadOnlySpan<byte> field, long maximum, string what, long line)
    {
        bool canonical = field.Length is > 0 and <= 19 && (field[0] != '0' || field.Length == 1) && !field.ContainsAnyExceptInRange((byte)'0', (byte)'9');
        if (!canonical || !Utf8Parser.TryParse(field, out long value, out int consumed) || consumed != field.Length || value > maximum)
            throw new LedgerException(line, $"its {what} is not a decimal number of 0…{maximum} without leading zeros.");
        return value;
    }

    private static string ParsePhase(ReadOnlySpan<byte> field, string? previous, long line)
    {
        // Nearly all lines repeat the phase of the line before; its string is used again.
        if (previous is not null && field.Length == previous.Length && Ascii.Equals(field, previous))
            return previous;
        Span<char> characters = stackalloc char[MaximumPhaseCharacters];
        if (field.Length <= MaximumPhaseCharacters)
        {
            characters = characters[..Encoding.Latin1.GetChars(field, characters)];
            if (IsPhaseName(characters))
                return characters.ToString();
        }

        throw new LedgerException(line, $"its phase is not 1–{MaximumPhaseCharacters} of a–z, 0–9 and '-'.");
    }

    private static int ParseName(ReadOnlySpan<byte> field, string[] names, string what, long line)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (Ascii.Equals(field, names[i]))
                return i;
        }

        throw new LedgerException(line, $"its {what} is none of {string.Join(", ", names)}.");
    }
}
