using System.Runtime.InteropServices;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// One allocation that holds all activations, gradients and running statistics of one worker's network, and scratch memory for each of its threads.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    // A vector of sixteen floats; every buffer starts on a cache line.
    private const int Alignment = Geometry.Lanes * sizeof(float);

    private readonly int statisticsCount;
    private readonly MemoryPlan layout;
    private float* memory;
    private float* scratch;
    private float* keptScratch;
    private int keptStage = -1;

    public Arena(NetworkPlan plan, int blocks, int threads = 1)
    {
        BufferPlan buffers = plan.Buffers;
        layout = new MemoryPlan(buffers, blocks);
        statisticsCount = plan.Statistics.Count;
        long statistics = layout.ArenaLength;
        long threadScratch = RoundUp(statistics + statisticsCount);
        long length = checked(threadScratch + (layout.ScratchLength * threads));
        memory = Allocate(length);
        Bytes = length * sizeof(float);
        GC.AddMemoryPressure(Bytes);
        StatisticsPointer = memory + statistics;
        scratch = memory + threadScratch;
        Tensors = new ActivationTensor[plan.Values.Length];
        Dictionary<int, PlannedBuffer> activations = buffers.Activations.ToDictionary(static b => b.Root);
        Dictionary<int, PlannedBuffer> gradients = buffers.Gradients.ToDictionary(static b => b.Root);
        for (int i = 0; i < Tensors.Length; i++)
        {
            PlannedBuffer data = activations[buffers.Root(i)];
            PlannedBuffer? gradient = buffers.GradientRoot(i) == BufferPlan.None ? null : gradients[buffers.GradientRoot(i)];
            Tensors[i] = new ActivationTensor(buffers.Geometry(i), buffers.GradientGeometry(i))
            {
                Data = data.IsTemporary ? null : memory + layout.ArenaPlace(data),
                DataPlace = data.IsTemporary ? layout.ScratchPlace(data) : default,
                Gradient = gradient is null or { IsTemporary: true } ? null : memory + layout.ArenaPlace(gradient),
                GradientPlace = gradient is { IsTemporary: true } ? layout.ScratchPlace(gradient) : null,
            };
        }
    }

    /// <summary>Size of the allocations.</summary>
    public long Bytes { get; private set; }

    /// <summary>One tensor per value of the plan.</summary>
    public ActivationTensor[] Tensors { get; }

    /// <summary>Running statistics, 64-byte aligned.</summary>
    public float* StatisticsPointer { get; private set; }

    /// <summary>Running statistics.</summary>
    public Span<float> Statistics => new(StatisticsPointer, statisticsCount);

    /// <summary>Scratch memory of a thread.</summary>
    public float* Scratch(int thread) => scratch + (thread * layout.ScratchLength);

    /// <summary>Scratch memory that keeps all blocks of stage <paramref name="stage"/>; allocated when first asked for, borders zero.</summary>
    public float* KeptScratch(int stage)
    {
        if (keptScratch is null)
        {
            keptScratch = Allocate(layout.KeptScratchLength);
            long bytes = layout.KeptScratchLength * sizeof(float);
            Bytes += bytes;
            GC.AddMemoryPressure(bytes);
        }
        else if (keptStage != stage)
        {
            // Another stage's borders lie elsewhere.
            NativeMemory.Clear(keptScratch, (nuint)(layout.KeptScratchLength * sizeof(float)));
        }

        keptStage = stage;
        return keptScratch;
    }

    public void Dispose()
    {
        if (memory is null)
            return;
        NativeMemory.AlignedFree(memory);
        NativeMemory.AlignedFree(keptScratch);
        memory = null;
        scratch = null;
        keptScratch = null;
        StatisticsPointer = null;
        GC.RemoveMemoryPressure(Bytes);
    }

    private static float* Allocate(long length)
    {
        nuint bytes = checked((nuint)(Math.Max(length, 1) * sizeof(float)));
        float* allocated = (float*)NativeMemory.AlignedAlloc(bytes, (nuint)(bytes >= LargePages.Size ? LargePages.Size : Alignment));
        LargePages.Request(allocated, bytes);
        NativeMemory.Clear(allocated, bytes);
        return allocated;
    }

    private static long RoundUp(long floats) => (floats + Geometry.Lanes - 1) / Geometry.Lanes * Geometry.Lanes;
}
