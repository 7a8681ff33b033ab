using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.PartialTuning;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>The client half of <see cref="TrainSplit"/>: load the ends, update them alone, prune the samples, train with the server, answer.</summary>
public sealed class TrainSplitHandler : IClientTaskHandler
{
    /// <inheritdoc/>
    public string Name => TrainSplit.TaskName;

    /// <inheritdoc/>
    public Payload Run(Client client, Payload received, CancellationToken cancel)
    {
        SplitProgram program = client.Context.Split;
        foreach (TensorValuesPart part in received.Parts.OfType<TensorValuesPart>())
            client.Worker.Ends.Load(part.Subset, part.Values);
        if (program.ClientsKeepTheirs)
            PrivateValues.Restore(client);
        var training = new SplitClient(client);
        if (program.PrunesBeforeUpdate)
            training.ChooseSamples(cancel);
        training.UpdateAlone(cancel);
        if (!program.PrunesBeforeUpdate)
            training.ChooseSamples(cancel);
        (long samplesSeen, double lossSum) = training.TrainWithServer(cancel);
        Payload server = client.Server!.Exchange(SplitLeg.Complete, new Payload(), client.Context.SplitPayloads);
        if (program.LabelsAtServer)
            lossSum = server.Find<ScalarsPart>()?.Find(ScalarKey.LossSum)?.Real ?? throw new SplitSessionException("The server's part ended without the sum of its losses.");
        float[] ofServer = server.Find<TensorValuesPart>()?.Values ?? [];
        if (ofServer.Length != program.ServerTrainable.Count)
            throw new SplitSessionException($"The server's part ended with {ofServer.Length} values where {program.ServerTrainable.Count} train.");
        float[] ofClient = client.Worker.Ends.Trainable.Read();
        if (program.ClientsKeepTheirs)
            PrivateValues.Keep(client, ofClient);
        return Answer(program, samplesSeen, lossSum, ofClient, ofServer);
    }

    /// <inheritdoc/>
    public IAnswerFold CreateFold(ExperimentContext context, Payload received, int round) =>
        new TensorAnswerCollector(
        Name, context.Split.ClientTrainable, context.Split.ServerTrainable, context.DenseMask, new SplitCosts(context.Split, context.Experiment, round).SamplesSeen, context.Split.ClientKind);

    /// <summary>The answer's parts, in order. What the server's part trained goes with the client's answer, because both are added up for the same clients; no client is charged for it,
    /// nor for values that a client keeps to itself.</summary>
    internal static Payload Answer(SplitProgram program, long samplesSeen, double lossSum, float[] ofClient, float[] ofServer)
    {
        var scalars = new ScalarsPart(Scalar.Of(ScalarKey.SamplesSeen, samplesSeen), Scalar.Of(ScalarKey.LossSum, lossSum));
        var client = new TensorValuesPart(program.ClientKind, program.ClientTrainable, ofClient);
        return program.ServerTrainable.IsEmpty
            ? new Payload(scalars, client)
            : new Payload(scalars, client, new TensorValuesPart(PartKind.BodyValues, program.ServerTrainable, ofServer));
    }
}
