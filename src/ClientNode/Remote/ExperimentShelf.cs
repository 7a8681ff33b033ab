using Federated.Methods.Experiments;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>The experiments that are built on this node: each once, from its message to its release. Used only by the actions of the node's mailbox.</summary>
internal sealed class ExperimentShelf(NodeOptions options, Mailbox mailbox, INodeTransfer transfer, Outbox outbox)
{
    // Each has its data set and a workspace per slot in memory. A coordinator that died may never have released one.
    private const int MostExperiments = 4;

    private readonly List<ExperimentSlot> slots = []; // by last use
    private readonly List<Task> endings = [];

    /// <summary>Called when an experiment is ready for its lists.</summary>
    public Action<ExperimentSlot>? Ready { get; set; }

    /// <summary>Called when an experiment is gone, with the reason when it could not be built: its lists are, too.</summary>
    public Action<ExperimentSlot, string?>? Gone { get; set; }

    /// <summary>The experiment of a run, or null.</summary>
    public ExperimentSlot? Find(string run)
    {
        ExperimentSlot? slot = slots.Find(slot => string.Equals(slot.Message.Run, run, StringComparison.Ordinal));
        if (slot is not null)
        {
            slots.Remove(slot);
            slots.Add(slot);
        }

        return slot;
    }

    /// <summary>Builds an experiment, or says again that it is there.</summary>
    public void Receive(PrepareExperiment message)
    {
        FaultPoint.Reach(FaultPoints.NodeExperimentReceived);
        if (ProblemOf(message) is { } problem)
        {
            Refuse(message.Run, problem);
            return;
        }

        if (Find(message.Run) is { } known)
        {
            if (known.Message.Equals(message))
            {
                if (known.Hosted is not null)
                    SayReady(known);
                return;
            }

            Remove(known, reason: null); // another life of the coordinator: a run of the same name, but another experiment
        }

        if (slots.Count == MostExperiments)
            Remove(slots[0], reason: null);
        var slot = new ExperimentSlot(message);
        slots.Add(slot);
        slot.Begin(Task.Run(() => PrepareAsync(slot), CancellationToken.None));
    }

    /// <summary>Forgets an experiment.</summary>
    public void Release(string run)
    {
        if (Find(run) is not { } slot)
            return;
        Remove(slot, reason: null);
        FaultPoint.Reach(FaultPoints.NodeExperimentReleased);
    }

    /// <summary>Forgets all; completes when every worker has ended.</summary>
    public Task EndAsync()
    {
        while (slots.Count > 0)
            Remove(slots[^1], reason: null);
        return Task.WhenAll(endings);
    }

    private static string? ProblemOf(PrepareExperiment message)
    {
        if (message.Run.Length is 0 or > WorkListCheck.LongestName)
            return $"a run's name has 1 to {WorkListCheck.LongestName} characters";
        if (message.Experiment.Length > ExperimentReader.LongestFile)
            return $"the experiment is longer than {ExperimentReader.LongestFile} characters";
        return Digests.IsDigest(message.DataSha256) ? null : "the digest of the data set does not have 32 bytes";
    }

    private async Task PrepareAsync(ExperimentSlot slot)
    {
        try
        {
            HostedExperiment hosted = await HostedExperiment.PrepareAsync(slot.Message, transfer, options, slot.Cancel);
            FaultPoint.Reach(FaultPoints.NodeExperimentPrepared);
            mailbox.Post(() => Built(slot, hosted));
        }
        catch (Exception problem)
        {
            mailbox.Post(() => Failed(slot, problem));
        }
    }

    private void Built(ExperimentSlot slot, HostedExperiment hosted)
    {
        if (!slots.Contains(slot))
        {
            hosted.Dispose();
            return;
        }

        slot.Hosted = hosted;
        options.Bodies?.Add(hosted);
        options.Notice?.Invoke($"{slot.Message.Run}: {hosted.Context.Experiment.Model.Name} with {hosted.Context.Clients.Count} clients on {hosted.Context.Data.Name} is ready.");
        SayReady(slot);
        Ready?.Invoke(slot);
    }

    private void Failed(ExperimentSlot slot, Exception problem)
    {
        if (!slots.Contains(slot))
            return;
        options.Notice?.Invoke($"{slot.Message.Run} cannot be run here: {problem.Message}");
        Refuse(slot.Message.Run, problem.Message);
        Remove(slot, problem.Message);
    }

    private void Remove(ExperimentSlot slot, string? reason)
    {
        slots.Remove(slot);
        if (slot.Hosted is { } hosted)
            options.Bodies?.Remove(hosted);
        Gone?.Invoke(slot, reason);
        endings.RemoveAll(static ending => ending.IsCompletedSuccessfully);
        endings.Add(slot.EndAsync());
    }

    private void SayReady(ExperimentSlot slot) => outbox.Say(new NodeMessage { ExperimentReady = new ExperimentReady { Run = slot.Message.Run } });

    private void Refuse(string run, string reason) =>
        outbox.Say(new NodeMessage { ExperimentRefused = new ExperimentRefused { Run = Messages.Cut(run), Reason = Messages.Cut(reason) } });
}
