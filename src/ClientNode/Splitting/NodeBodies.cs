using Federated.ClientNode.Remote;
using Federated.Methods.Clients;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>The bodies that a node runs for other nodes: of the experiments that it has built, with the server's form of a task fetched from the coordinator when the first client asks. Safe for several threads.</summary>
/// <param name="require">Refuses who may not open sessions.</param>
public sealed class NodeBodies(Action<SplitOpening, ServerCall> require) : ISplitLibrary
{
    // The form of the phase under way, and that of the phase before it, whose last clients may still be at work elsewhere.
    private const int MostForms = 2;

    private readonly Lock gate = new();
    private readonly Dictionary<string, HostedExperiment> experiments = new(StringComparer.Ordinal);
    private readonly List<Entry> entries = []; // by last use

    /// <summary>Told of a body whose sessions are not wanted any more.</summary>
    public Action<ISplitBody>? Forgotten { get; set; }

    /// <inheritdoc/>
    public void Require(SplitOpening opening, ServerCall call) => require(opening, call);

    /// <inheritdoc/>
    public async Task<ISplitBody> FindAsync(SplitOpening opening, CancellationToken cancel)
    {
        Entry entry;
        List<Entry> dropped = [];
        lock (gate)
        {
            if (!experiments.TryGetValue(opening.Run, out HostedExperiment? hosted))
                throw new RpcException(RpcStatusCode.Unavailable, $"the run {opening.Run} is not prepared on this node (yet)");
            long largest = WorkListCheck.LargestPayload(hosted.Context.Plan);
            if (opening.ServerForm.Length > (ulong)largest)
                throw new RpcException(RpcStatusCode.InvalidArgument, $"a server's form of {opening.ServerForm.Length:N0} bytes; this network's have at most {largest:N0}");
            string digest = Digests.Text(opening.ServerForm.Sha256);
            if (entries.Find(other => other.Hosted == hosted && string.Equals(other.Digest, digest, StringComparison.Ordinal)) is { } known)
            {
                entries.Remove(known);
                entry = known;
            }
            else
            {
                entry = new Entry(hosted, digest, opening.ServerForm);
            }

            entries.Add(entry);
            while (entries.Count > MostForms)
            {
                dropped.Add(entries[0]);
                entries.RemoveAt(0);
            }
        }

        Drop(dropped);
        try
        {
            return await entry.Body.WaitAsync(cancel);
        }
        catch (Exception problem) when (!cancel.IsCancellationRequested)
        {
            lock (gate)
                entries.Remove(entry); // who asks next tries anew
            throw problem is TransferRefusedException
                ? new RpcException(RpcStatusCode.FailedPrecondition, $"the server's form of the task cannot be had: {problem.Message}", problem)
                : new RpcException(RpcStatusCode.Unavailable, $"the server's form of the task is not here: {problem.Message}", problem);
        }
    }

    /// <summary>An experiment is built: its bodies can be run.</summary>
    internal void Add(HostedExperiment hosted)
    {
        lock (gate)
            experiments[hosted.Run] = hosted;
    }

    /// <summary>An experiment is not wanted any more, nor its bodies.</summary>
    internal void Remove(HostedExperiment hosted)
    {
        List<Entry> dropped;
        lock (gate)
        {
            if (experiments.GetValueOrDefault(hosted.Run) == hosted)
                experiments.Remove(hosted.Run);
            dropped = entries.FindAll(entry => entry.Hosted == hosted);
            entries.RemoveAll(entry => entry.Hosted == hosted);
        }

        Drop(dropped);
    }

    private void Drop(List<Entry> dropped)
    {
        foreach (Entry entry in dropped)
        {
            entry.Cancel();
            _ = entry.Body.ContinueWith(done => Forgotten?.Invoke(done.Result), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
        }
    }

    private sealed class Entry
    {
        private readonly CancellationTokenSource unwanted = new();

        public Entry(HostedExperiment hosted, string digest, PayloadForm form)
        {
            Hosted = hosted;
            Digest = digest;
            ExperimentContext context = hosted.Context;
            Body = Task.Run<ISplitBody>(async () => new ExperimentBody(context, await hosted.FetchServerFormAsync(form, unwanted.Token)), unwanted.Token);
        }

        public HostedExperiment Hosted { get; }

        public string Digest { get; }

        public Task<ISplitBody> Body { get; }

        public void Cancel() => unwanted.Cancel();
    }
}
