using Federated.Engine.Parameters;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.PartialTuning;

/// <summary>Combines answers that hold the values of the tensors that train, on the client and on the server's part: exact sums of both, weighted by samples, and of losses.</summary>
internal sealed class TensorAnswerCollector : IAnswerCollector<TensorAnswer>
{
    // Tags of the sums in a combined answer. They are on the wire: never renumber, only append.
    private const int ClientTag = 1;
    private const int ServerTag = 2;
    private const int LossesTag = 3;

    private readonly string task;
    private readonly PartKind clientKind;
    private readonly ParameterSubset clientTensors;
    private readonly ParameterSubset serverTensors;
    private readonly Func<ClientDescription, long> samplesSeen;
    private readonly int[] tags;
    private readonly ExactSum client;
    private readonly ExactSum server;
    private readonly ExactScalarSum losses = new();
    private ulong seen;

    /// <summary>Starts with nothing.</summary>
    /// <param name="task">Name of the task.</param>
    /// <param name="clientTensors">What trains on clients.</param>
    /// <param name="serverTensors">What trains on the server's part of a cut model; empty where there is none.</param>
    /// <param name="dense">The mask that keeps everything.</param>
    /// <param name="samplesSeen">How many samples the losses of a client run over.</param>
    /// <param name="clientKind">Which kind the clients' values have.</param>
    public TensorAnswerCollector(
        string task, ParameterSubset clientTensors, ParameterSubset serverTensors, Mask dense, Func<ClientDescription, long> samplesSeen, PartKind clientKind = PartKind.TensorValues)
    {
        this.task = task;
        this.clientKind = clientKind;
        this.clientTensors = clientTensors;
        this.serverTensors = serverTensors;
        this.samplesSeen = samplesSeen;
        Mask = dense;
        client = new ExactSum(clientTensors.Count);
        server = new ExactSum(serverTensors.Count);
        tags = ServerTrains ? [ClientTag, ServerTag, LossesTag] : [ClientTag, LossesTag];
    }

    /// <inheritdoc/>
    public Mask Mask { get; }

    private bool ServerTrains => !serverTensors.IsEmpty;

    /// <inheritdoc/>
    public void Add(ClientDescription client, Payload answer)
    {
        ScalarsPart scalars = answer.Require<ScalarsPart>(client, task);
        FoldReading.RequireSamples(FoldReading.Number(scalars, ScalarKey.SamplesSeen, client, task), samplesSeen(client), client, task);
        double loss = FoldReading.Number(scalars, ScalarKey.LossSum, client, task);
        FoldReading.RequireLoss(loss, client);
        float[] ofClient = Values(answer, clientKind, clientTensors, client);
        float[] ofServer = ServerTrains ? Values(answer, PartKind.BodyValues, serverTensors, client) : [];
        if (ofServer.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
            throw FoldReading.Diverged(client, "the server's part of its model holds a value that is not finite");
        try
        {
            this.client.Add(ofClient, client.Samples, client.Id);
        }
        catch (NonFiniteContributionException e)
        {
            throw FoldReading.Diverged(client, "its model holds a value that is not finite", e);
        }

        if (ServerTrains)
            server.Add(ofServer, client.Samples, client.Id);
        losses.Add(loss, 1, client.Id);
        seen += (ulong)samplesSeen(client);
    }

    /// <inheritdoc/>
    public byte[] Encode()
    {
        var sections = new List<(int, byte[])>(tags.Length) { (ClientTag, PartialSum.Encode(client)) };
        if (ServerTrains)
            sections.Add((ServerTag, PartialSum.Encode(server)));
        sections.Add((LossesTag, PartialSum.Encode(losses)));
        return SumSections.Join(sections);
    }

    /// <inheritdoc/>
    public void Merge(ReadOnlyMemory<byte> encoded, IReadOnlyList<ClientDescription> clients)
    {
        long samples = clients.Sum(static client => (long)client.Samples);
        ReadOnlyMemory<byte>[] sections = FoldReading.Split(encoded, tags);
        EncodedVectorSum otherClient = FoldReading.Vector(sections[0], clientTensors.Count, samples, "values");
        EncodedVectorSum? otherServer = ServerTrains ? FoldReading.Vector(sections[1], serverTensors.Count, samples, "values of the server's part") : null;
        ExactScalarSum otherLosses = FoldReading.Losses(sections[^1], clients.Count);

        // All is checked: nothing below fails.
        client.Merge(otherClient);
        if (otherServer is not null)
            server.Merge(otherServer);
        losses.Merge(otherLosses);
        foreach (ClientDescription each in clients)
            seen += (ulong)samplesSeen(each);
    }

    /// <inheritdoc/>
    public long LargestEncoding(IReadOnlyList<ClientDescription> clients)
    {
        long samples = clients.Sum(static client => (long)client.Samples);
        return ((tags.Length + 1L) * SumSections.LargestHeadBytes)
            + PartialSum.LargestVectorBytes(clientTensors.Count, samples)
            + (ServerTrains ? PartialSum.LargestVectorBytes(serverTensors.Count, samples) : 0)
            + PartialSum.LargestScalarBytes(clients.Count);
    }

    /// <inheritdoc/>
    public TensorAnswer Complete() => new(client.Mean(), ServerTrains ? server.Mean() : [], losses.Over(seen));

    private float[] Values(Payload answer, PartKind kind, ParameterSubset subset, ClientDescription client)
    {
        TensorValuesPart? part = answer.Parts.OfType<TensorValuesPart>().FirstOrDefault(part => part.Kind == kind);
        return part is not null && part.Subset.Equals(subset)
            ? part.Values
            : throw new ClientAnswerException($"{client.Name} answered '{task}' without the {kind} of the {subset.Tensors.Length} tensors that train.");
    }
}
