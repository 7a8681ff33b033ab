using System.Collections.Immutable;
using System.Text.Json;

namespace Federated.Coordinator.Runs;

/// <summary>Reads <c>rounds.jsonl</c> and checks every line.</summary>
internal static class RoundsReader
{
    /// <summary>What the file holds.</summary>
    /// <param name="Records">One record per complete line.</param>
    /// <param name="Ends">Length of the file in bytes after so many records; <c>Ends[0]</c> is 0.</param>
    /// <param name="TruncatedBytes">Length of a last line without its line feed, which a crash has cut off; 0 without one.</param>
    public sealed record Contents(ImmutableArray<RoundRecord> Records, ImmutableArray<long> Ends, int TruncatedBytes);

    /// <summary>Reads the file at <paramref name="path"/>; a missing file holds no rounds.</summary>
    /// <exception cref="RunFolderException">A complete line is corrupt, or the rounds are not 0, 1, 2… or 1, 2, 3….</exception>
    public static Contents Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.Exists(path) ? File.ReadAllBytes(path) : [];
        }
        catch (Exception failure) when (DurableFiles.IsStorageFailure(failure))
        {
            throw new RunFolderException(path, $"could not be read ({DurableFiles.Cause(failure)})", failure);
        }

        ImmutableArray<RoundRecord>.Builder records = ImmutableArray.CreateBuilder<RoundRecord>();
        ImmutableArray<long>.Builder ends = ImmutableArray.CreateBuilder<long>();
        ends.Add(0);
        int start = 0;
        while (start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
                return new(records.ToImmutable(), ends.ToImmutable(), bytes.Length - start);
            // A method that asks clients something before training has a record of round 0, the preparation; others begin with round 1.
            int? due = records.Count == 0 ? null : records[^1].Round + 1;
            records.Add(Parse(path, bytes.AsSpan(start, length), records.Count + 1, due));
            start += length + 1;
            ends.Add(start);
        }

        return new(records.ToImmutable(), ends.ToImmutable(), 0);
    }

    private static RoundRecord Parse(string path, ReadOnlySpan<byte> line, int number, int? due)
    {
        RoundRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(line, RunJson.Default.RoundRecord);
        }
        catch (JsonException failure)
        {
            throw new RunFolderException(path, $"line {number} is corrupt ({failure.Message}); restore the file, or remove this line and all after it to continue from there", failure);
        }

        return Fault(record, due) is { } fault
            ? throw new RunFolderException(path, $"line {number} is corrupt: {fault}; restore the file, or remove this line and all after it to continue from there")
            : record!;
    }

    private static string? Fault(RoundRecord? record, int? due)
    {
        if (record is null)
            return "it holds null";
        if (due is null ? record.Round is not (0 or 1) : record.Round != due)
            return $"it is of round {record.Round}, but round {due ?? 1} is due";
        if (record.LayerDensities.IsDefault || record.BytesByKind is null)
            return "a value is null";
        if (!IsShare(record.Density) || record.LayerDensities.Any(density => !IsShare(density)) || record.Accuracy is { } accuracy && !IsShare(accuracy))
            return "a density or the accuracy is outside 0 to 1";
        bool negative = record.BytesUp < 0 || record.BytesDown < 0 || record.BytesByKind.Values.Any(bytes => bytes < 0)
            || record.Clients < 0 || record.MaskGrown < 0 || record.FlopsPerClient < 0 || record.VirtualSeconds < 0 || record.WallSeconds < 0;
        return negative ? "a count is negative" : null;
    }

    private static bool IsShare(double value) => value is >= 0 and <= 1;
}
