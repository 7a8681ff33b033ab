using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;

namespace Federated.Methods.Splitting;

/// <summary>A worker's networks for the client's ends of a cut model, and buffers for what crosses. Clients take turns in it.</summary>
public sealed class SplitEnds : IDisposable
{
    private readonly SplitProgram program;
    private float[] smashed = [];
    private float[] output = [];

    /// <summary>Networks for the largest batch of the experiment.</summary>
    /// <param name="context">The experiment, whose method cuts the model.</param>
    public SplitEnds(ExperimentContext context)
    {
        program = context.Split;
        Head = new Network(program.Cut.Head, context.LargestBatch);
        Tail = new Network(program.Cut.Tail, context.LargestBatch);
        Trainable = new TrainableParameters((Head, program.InHead(program.ClientTrainable), false), (Tail, program.InTail(program.ClientTrainable), program.TailPassesOn));
    }

    /// <summary>The head.</summary>
    public Network Head { get; }

    /// <summary>The tail; not used where the server has it.</summary>
    public Network Tail { get; }

    /// <summary>What trains on the client.</summary>
    internal TrainableParameters Trainable { get; }

    /// <summary>Bytes of unmanaged memory held.</summary>
    public long Bytes => Head.ArenaBytes + (program.LabelsAtServer && !program.LocalLoss ? 0 : Tail.ArenaBytes);

    /// <summary>Room for the activations or gradients of so many samples at the first cut.</summary>
    public Span<float> Smashed(int samples) => Room(ref smashed, samples * program.Cut.Head.OutputCount);

    /// <summary>Room for the vectors that cross at the second cut, for so many samples.</summary>
    public Span<float> Output(int samples) => Room(ref output, samples * program.BodyTokens * program.Cut.Tail.InputChannels);

    /// <summary>The same memory as <see cref="Smashed"/>, for a payload.</summary>
    public ReadOnlyMemory<float> SmashedMemory(int samples) => smashed.AsMemory(0, samples * program.Cut.Head.OutputCount);

    /// <summary>The same memory as <see cref="Output"/>, for a payload.</summary>
    public ReadOnlyMemory<float> OutputMemory(int samples) => output.AsMemory(0, samples * program.BodyTokens * program.Cut.Tail.InputChannels);

    /// <summary>Puts values of some of the client's tensors into the networks.</summary>
    /// <param name="subset">Tensors of the whole model, all of them the client's.</param>
    /// <param name="values">The subset's compact vector.</param>
    public void Load(ParameterSubset subset, ReadOnlySpan<float> values)
    {
        ParameterSubset ofHead = program.InHead(subset);
        ofHead.Scatter(values[..ofHead.Count], Head.Values);
        program.InTail(subset).Scatter(values[ofHead.Count..], Tail.Values);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Head.Dispose();
        Tail.Dispose();
    }

    private static Span<float> Room(ref float[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = GC.AllocateUninitializedArray<float>(length);
        return buffer.AsSpan(0, length);
    }
}
