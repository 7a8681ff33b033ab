using System.Runtime.InteropServices;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>One allocation that holds all activations, gradient buffers and running statistics of one worker's network.</summary>
internal sealed unsafe class Arena : IDisposable
{
    // A vector of sixteen floats; every buffer starts on a cache line.
    private const int Alignment = Geometry.Lanes * sizeof(float);

    private readonly int statisticsCount;
    private byte* memory;

    public Arena(NetworkPlan plan, int blocks)
    {
        BufferPlan buffers = plan.Buffers;
        long[] data = new long[plan.Values.Length];
        long bytes = 0;
        for (int i = 0; i < data.Length; i++)
        {
            if (buffers.Root(i) == i)
                data[i] = Reserve(ref bytes, buffers.Geometry(i).BlockStride * blocks);
        }

        long[] gradients = [.. buffers.GradientBuffers.Select(geometry => Reserve(ref bytes, geometry.BlockStride * blocks))];
        statisticsCount = plan.Statistics.Count;
        long statistics = Reserve(ref bytes, statisticsCount);

        Bytes = bytes;
        memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        NativeMemory.Clear(memory, (nuint)bytes);
        GC.AddMemoryPressure(bytes);
        StatisticsPointer = (float*)(memory + statistics);
        Tensors = new ActivationTensor[data.Length];
        for (int i = 0; i < data.Length; i++)
        {
            int gradient = buffers.GradientBuffer(i);
            Tensors[i] = new ActivationTensor(buffers.Geometry(i))
            {
                Data = (float*)(memory + data[buffers.Root(i)]),
                Gradient = gradient == BufferPlan.None ? null : (float*)(memory + gradients[gradient]),
            };
        }
    }

    /// <summary>Size of the allocation.</summary>
    public long Bytes { get; }

    /// <summary>One tensor per value of the plan.</summary>
    public ActivationTensor[] Tensors { get; }

    /// <summary>Running statistics, 64-byte aligned.</summary>
    public float* StatisticsPointer { get; private set; }

    /// <summary>Running statistics.</summary>
    public Span<float> Statistics => new(StatisticsPointer, statisticsCount);

    public void Dispose()
    {
        if (memory is null)
            return;
        NativeMemory.AlignedFree(memory);
        memory = null;
        StatisticsPointer = null;
        GC.RemoveMemoryPressure(Bytes);
    }

    private static long Reserve(ref long bytes, long floats)
    {
        long offset = bytes;
        bytes = checked(bytes + (((floats * sizeof(float)) + Alignment - 1) / Alignment * Alignment));
        return offset;
    }
}
