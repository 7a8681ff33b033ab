using Federated.Engine.Networks;
using Federated.Methods.Clients;

namespace Federated.Methods.Splitting;

/// <summary>One place where the server's part of clients' training is computed: networks over one arena each, made when they are first needed. Sessions take turns in it.</summary>
/// <param name="context">The experiment, whose method cuts the model.</param>
public sealed class SplitWorkspace(ExperimentContext context) : IDisposable
{
    private readonly SplitProgram program = context.Split;
    private Network? body;
    private Network? tail;
    private TrainableParameters? trainable;
    private float[]? loaded;

    /// <summary>The body.</summary>
    public Network Body => body ??= new Network(program.Cut.Body, context.LargestBatch);

    /// <summary>The tail, for methods whose labels go to the server.</summary>
    public Network Tail => tail ??= new Network(program.Cut.Tail, context.LargestBatch);

    /// <summary>Whose activations the networks hold; null before the first.</summary>
    public object? Holder { get; set; }

    /// <summary>Bytes of unmanaged memory held.</summary>
    public long Bytes => (body?.ArenaBytes ?? 0) + (tail?.ArenaBytes ?? 0);

    /// <summary>What trains of the networks.</summary>
    internal TrainableParameters Trainable => trainable ??= program.LabelsAtServer
        ? new TrainableParameters((Body, program.InBody(program.ServerTrainable), program.SendsCutGradient), (Tail, program.InTail(program.ServerTrainable), program.BodyGetsGradient))
        : new TrainableParameters((Body, program.InBody(program.ServerTrainable), program.SendsCutGradient));

    /// <summary>Puts the server's values into the networks. The array that is there already is not copied again: who changes values in the networks reads them back by <see cref="Read"/>.</summary>
    /// <param name="values">All values of the server's tensors: the body's, then the tail's where the server has it.</param>
    public void Load(float[] values)
    {
        _ = Trainable;
        if (ReferenceEquals(loaded, values))
            return;
        Span<float> ofBody = Body.Values;
        values.AsSpan(0, ofBody.Length).CopyTo(ofBody);
        if (program.LabelsAtServer)
            values.AsSpan(ofBody.Length).CopyTo(Tail.Values);
        loaded = values;
    }

    /// <summary>Takes the networks' values back, in the order of <see cref="Load"/>.</summary>
    public void Read(float[] values)
    {
        Span<float> ofBody = Body.Values;
        ofBody.CopyTo(values);
        if (program.LabelsAtServer)
            Tail.Values.CopyTo(values.AsSpan(ofBody.Length));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        body?.Dispose();
        tail?.Dispose();
    }
}
