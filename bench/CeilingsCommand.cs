using System.CommandLine;
using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;

namespace Federated.Bench;

/// <summary>What one core can do at best: fused multiply-adds in registers, and reading from each cache and from memory. Measured times are judged against these.</summary>
internal static unsafe class CeilingsCommand
{
    private const int Kilobyte = 1 << 10;
    private const int Megabyte = 1 << 20;
    private const int FloatsPerStep = 128; // eight vectors of sixteen

    public static Command Create()
    {
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed.", DefaultValueFactory = _ => 9 };
        var command = new Command("ceilings", "The core's peak of arithmetic and the bandwidth of its caches and of memory, one thread.") { repeats };
        command.SetAction(result => Run(result.GetValue(repeats)));
        return command;
    }

    private static void Run(int repeats)
    {
        float sink = 0;
        var arithmetic = new Timings(repeats);
        arithmetic.Measure(() => sink += ArithmeticPeak.MultiplyAdd());
        double gigaflops = ArithmeticPeak.Operations / arithmetic.ProcessorMinimum / 1e6;
        double first = Read(16 * Kilobyte, repeats, ref sink);
        double second = Read(512 * Kilobyte, repeats, ref sink);
        double third = Read(8 * Megabyte, repeats, ref sink);
        double memory = Read(256 * Megabyte, repeats, ref sink);
        double triad = Triad(64 * Megabyte, repeats);
        Console.WriteLine($"fused multiply-adds {gigaflops:F0} GFLOP/s; reading 16 KiB {first:F0}, 512 KiB {second:F0}, 8 MiB {third:F0}, 256 MiB {memory:F1} GB/s; "
            + $"a = b + s·c in memory {triad:F1} GB/s ({(float.IsNaN(sink) ? "wrong" : "right")})");
        ResultLine.Write("ceilings", arithmetic, threads: 1, new
        {
            gigaflopsPerSecond = Math.Round(gigaflops, 1),
            firstCacheGigabytesPerSecond = Math.Round(first, 1),
            secondCacheGigabytesPerSecond = Math.Round(second, 1),
            thirdCacheGigabytesPerSecond = Math.Round(third, 1),
            memoryGigabytesPerSecond = Math.Round(memory, 2),
            triadGigabytesPerSecond = Math.Round(triad, 2),
        });
    }

    /// <summary>Gigabytes a second of reading a buffer again and again, at least 64 MB a pass.</summary>
    private static double Read(int bytes, int repeats, ref float sink)
    {
        using var buffer = new NativeBuffer<float>(bytes / sizeof(float));
        new Span<float>(buffer.Pointer, bytes / sizeof(float)).Fill(1);
        int passes = Math.Max(1, 64 * Megabyte / bytes);
        float sum = 0;
        var timings = new Timings(repeats);
        timings.Measure(() =>
        {
            for (int pass = 0; pass < passes; pass++)
                sum += Sum(buffer.Pointer, bytes / sizeof(float));
        });
        sink += sum;
        return (double)bytes * passes / timings.ProcessorMinimum / 1e6;
    }

    private static float Sum(float* values, int count)
    {
        Vector512<float> a = Vector512<float>.Zero, b = a, c = a, d = a, e = a, f = a, g = a, h = a;
        for (int i = 0; i < count; i += FloatsPerStep)
        {
            a += Vector512.Load(values + i);
            b += Vector512.Load(values + i + 16);
            c += Vector512.Load(values + i + 32);
            d += Vector512.Load(values + i + 48);
            e += Vector512.Load(values + i + 64);
            f += Vector512.Load(values + i + 80);
            g += Vector512.Load(values + i + 96);
            h += Vector512.Load(values + i + 112);
        }

        return Vector512.Sum(a + b + c + d + (e + f + g + h));
    }

    /// <summary>Gigabytes a second of two vectors read and one written; that the written one is first read into the cache is not counted.</summary>
    private static double Triad(int bytes, int repeats)
    {
        int count = bytes / sizeof(float);
        using var first = new NativeBuffer<float>(count);
        using var second = new NativeBuffer<float>(count);
        using var sum = new NativeBuffer<float>(count);
        foreach (NativeBuffer<float> buffer in new[] { first, second, sum })
            new Span<float>(buffer.Pointer, count).Fill(1);
        var timings = new Timings(repeats);
        timings.Measure(() =>
        {
            Vector512<float> factor = Vector512.Create(0.5f);
            for (int i = 0; i < count; i += Vector512<float>.Count)
                Vector512.FusedMultiplyAdd(Vector512.Load(second.Pointer + i), factor, Vector512.Load(first.Pointer + i)).Store(sum.Pointer + i);
        });
        return 3.0 * bytes / timings.ProcessorMinimum / 1e6;
    }
}
