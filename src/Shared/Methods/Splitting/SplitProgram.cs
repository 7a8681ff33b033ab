using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// What a method that cuts the model does in its one task, as both halves derive it from the experiment: where the cuts are, what trains on which side, who has the labels and what crosses.
/// Subsets are of the whole model's layout.
/// </summary>
public sealed class SplitProgram
{
    private readonly ParameterSubset trainable;

    /// <summary>A program over a cut.</summary>
    /// <param name="cut">The cut model.</param>
    /// <param name="trainable">All tensors that train, on either side.</param>
    /// <param name="labelsAtServer">Whether labels go up and the server has the tail; else they never leave the client, which has it.</param>
    /// <param name="localLoss">With labels at the server: clients learn from a tail of their own that reads what their head gives, and no gradient comes down.</param>
    public SplitProgram(SplitPlan cut, ParameterSubset trainable, bool labelsAtServer = false, bool localLoss = false)
    {
        Cut = cut;
        LabelsAtServer = labelsAtServer;
        LocalLoss = localLoss;
        this.trainable = trainable;
        ParameterLayout layout = cut.Whole.Parameters;
        ParameterSubset Where(Func<int, bool> contains) => new(layout, [.. Enumerable.Range(0, layout.Tensors.Length).Where(contains)]);
        bool clientHasTail = !labelsAtServer || localLoss;
        ClientTensors = Where(tensor => tensor < cut.FirstBodyTensor || (clientHasTail && tensor >= cut.FirstTailTensor));
        ServerTensors = Where(tensor => tensor >= cut.FirstBodyTensor && (labelsAtServer || tensor < cut.FirstTailTensor));
        ClientTrainable = ClientTensors.Intersect(trainable);
        ServerTrainable = ServerTensors.Intersect(trainable);
        HeadTrains = ClientTrainable.Tensors.Any(tensor => tensor < cut.FirstBodyTensor);
        PromptTensor = layout.IndexOf("prompts");
    }

    /// <summary>The cut model.</summary>
    public SplitPlan Cut { get; }

    /// <summary>Labels go up with the smashed data, and the server has the tail.</summary>
    public bool LabelsAtServer { get; }

    /// <summary>Clients learn from a tail of their own (an auxiliary head), of the same shape as the server's and apart from it; no gradient comes down.</summary>
    public bool LocalLoss { get; }

    /// <summary>Epochs of training without the server, from the head straight into the tail (SFPrompt's phase 1).</summary>
    public int SelfUpdateEpochs { get; init; }

    /// <summary>Samples are chosen before these epochs, not after them.</summary>
    public bool PrunesBeforeUpdate { get; init; }

    /// <summary>Each client trains its own values of its part and holds on to them (SplitFed V3): only the server's part is averaged, and no weights of clients cross.</summary>
    public bool ClientsKeepTheirs { get; init; }

    /// <summary>Which kind the client's trained values have in its answer.</summary>
    internal PartKind ClientKind => ClientsKeepTheirs ? PartKind.PrivateValues : PartKind.TensorValues;

    /// <summary>What is left out on the wire.</summary>
    public WireSpec Wire { get; init; } = new();

    /// <summary>How what crosses is made smaller.</summary>
    public CompressionSpec Compression { get; init; } = new();

    /// <summary>The tensors that the client holds.</summary>
    public ParameterSubset ClientTensors { get; }

    /// <summary>The client's tensors that train.</summary>
    public ParameterSubset ClientTrainable { get; }

    /// <summary>The client's tensors that never change: it needs them once.</summary>
    public ParameterSubset ClientFrozen => ClientTensors.Except(ClientTrainable);

    /// <summary>The tensors that the server's part holds.</summary>
    public ParameterSubset ServerTensors { get; }

    /// <summary>The server's tensors that train.</summary>
    public ParameterSubset ServerTrainable { get; }

    /// <summary>All tensors that train.</summary>
    public ParameterSubset Trainable => trainable;

    /// <summary>Whether something of the head trains, so that a gradient must come down to it.</summary>
    public bool HeadTrains { get; }

    /// <summary>Whether the gradient of the tail's input goes up: something before the tail trains.</summary>
    public bool SendsTailGradient => !LabelsAtServer && BodyGetsGradient;

    /// <summary>Whether the client's tail passes a gradient on: up to the server, or straight into the head.</summary>
    public bool TailPassesOn => SendsTailGradient || (LocalLoss && HeadTrains);

    /// <summary>Whether the gradient at the cut comes down.</summary>
    public bool SendsCutGradient => HeadTrains && !LocalLoss;

    /// <summary>Whether a gradient runs into the body: something of it trains, or something before it that learns from it.</summary>
    public bool BodyGetsGradient => SendsCutGradient || !InBody(ServerTrainable).IsEmpty;

    /// <summary>Number of the input prompts' tensor; −1 without prompts.</summary>
    public int PromptTensor { get; }

    /// <summary>Number of prompt tokens.</summary>
    public int PromptCount => PromptTensor < 0 ? 0 : Cut.Whole.Parameters.Tensors[PromptTensor].Shape[0];

    /// <summary>Vectors of one sample at the cut between head and body.</summary>
    public int HeadTokens => Cut.Body.InputHeight * Cut.Body.InputWidth;

    /// <summary>Vectors of one sample that come down from the body: the class token's alone where the wire leaves out the others.</summary>
    public int BodyTokens => Wire.ClassTokenOnly ? 1 : Cut.Tail.InputHeight * Cut.Tail.InputWidth;

    /// <summary>The model with what a cohort has learnt.</summary>
    public GlobalModel Updated(GlobalModel model, TensorAnswer answer)
    {
        float[] values = [.. model.Values];
        if (!LocalLoss)
        {
            ClientTrainable.Scatter(answer.ClientValues, values);
            ServerTrainable.Scatter(answer.ServerValues, values);
            return model with { Values = values };
        }

        // The clients' tail is theirs: it goes beside the model, whose tail is the server's.
        float[] clients = ClientView(model);
        ClientTrainable.Scatter(answer.ClientValues, clients);
        clients.AsSpan(HeadRange).CopyTo(values);
        ServerTrainable.Scatter(answer.ServerValues, values);
        return model with { Values = values, Auxiliary = clients[Cut.TailValues] };
    }

    /// <summary>The whole vector as clients see it: with their own tail where they have one.</summary>
    public float[] ClientView(GlobalModel model)
    {
        if (!LocalLoss || model.Auxiliary.Length == 0)
            return LocalLoss ? [.. model.Values] : model.Values;
        float[] values = [.. model.Values];
        model.Auxiliary.CopyTo(values.AsSpan(Cut.TailValues));
        return values;
    }

    /// <summary>The model with other values of the server's tensors that train.</summary>
    public GlobalModel WithServer(GlobalModel model, ReadOnlySpan<float> trained)
    {
        float[] values = [.. model.Values];
        ServerTrainable.Scatter(trained, values);
        return model with { Values = values };
    }

    /// <summary>The largest batch that crosses either cut.</summary>
    public ActivationLimits Limits(int samples) => new(
        samples, Math.Max(HeadTokens, Cut.Tail.InputHeight * Cut.Tail.InputWidth), Math.Max(Cut.Body.InputChannels, Cut.Tail.InputChannels));

    /// <summary>The head's tensors of a subset, as the head's own layout numbers them.</summary>
    public ParameterSubset InHead(ParameterSubset subset) => Part(subset, Cut.Head, 0);

    /// <summary>The body's tensors of a subset, as the body's own layout numbers them.</summary>
    public ParameterSubset InBody(ParameterSubset subset) => Part(subset, Cut.Body, Cut.FirstBodyTensor);

    /// <summary>The tail's tensors of a subset, as the tail's own layout numbers them.</summary>
    public ParameterSubset InTail(ParameterSubset subset) => Part(subset, Cut.Tail, Cut.FirstTailTensor);

    private Range HeadRange => Cut.HeadValues;

    private static ParameterSubset Part(ParameterSubset subset, NetworkPlan part, int first) => new(
        part.Parameters, [.. subset.Tensors.Where(tensor => tensor >= first && tensor < first + part.Parameters.Tensors.Length).Select(tensor => tensor - first)]);
}
