using System.Collections.Immutable;
using System.Security.Cryptography;
using Federated.ClientNode.Splitting;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Nodes;
using Federated.Methods.Splitting;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Remote;

/// <summary>An experiment that is built on this node: its data, its workers, what its clients keep, and the payloads that crossed for it.</summary>
internal sealed class HostedExperiment : IDisposable
{
    private readonly INodeTransfer transfer;
    private readonly NodeOptions options;
    private readonly PayloadCache payloads;
    private readonly WorkerPool pool;

    private HostedExperiment(string run, ExperimentContext context, INodeTransfer transfer, NodeOptions options)
    {
        Run = run;
        Context = context;
        this.transfer = transfer;
        this.options = options;
        pool = new WorkerPool(context, options.Slots);
        Node = new LocalNode(context, pool, options.Time);
        payloads = new PayloadCache(FetchAsync);
    }

    /// <summary>The run.</summary>
    public string Run { get; }

    /// <summary>The experiment.</summary>
    public ExperimentContext Context { get; }

    /// <summary>Runs its lists.</summary>
    public LocalNode Node { get; }

    /// <summary>Bytes that payloads of one list may take together.</summary>
    public long PayloadMemory => Math.Max(options.MemoryBytes / 4, WorkListCheck.LargestPayload(Context.Plan));

    /// <summary>Builds an experiment.</summary>
    /// <exception cref="ExperimentException">It cannot be run; the message says why.</exception>
    /// <exception cref="DataException">Its data set is nowhere on this machine.</exception>
    public static async Task<HostedExperiment> PrepareAsync(PrepareExperiment message, INodeTransfer transfer, NodeOptions options, CancellationToken cancel)
    {
        ExperimentSpec experiment = new ExperimentReader(ExperimentVocabulary.OfCatalogs).Parse(message.Experiment, "the coordinator's experiment", []);
        DataSet data = await options.Data.FindAsync(experiment, cancel);
        string here = DataFingerprint.Of(data);
        string there = Digests.Text(message.DataSha256);
        if (!string.Equals(here, there, StringComparison.Ordinal))
        {
            throw new ExperimentException(
                $"The data set {data.Name} from {data.Origin} has other images or labels than the coordinator's (SHA-256 {here} here, {there} there): "
                + "put the same files on both machines.");
        }

        return new HostedExperiment(message.Run, ExperimentContext.Create(experiment, data), transfer, options);
    }

    /// <summary>Brings together what a list needs.</summary>
    /// <exception cref="TransferRefusedException">Something cannot be had.</exception>
    public async Task<ListInput> FetchAsync(WorkList list, CancellationToken cancel)
    {
        byte[][] forms = await Task.WhenAll(list.Forms.Select(form => payloads.GetAsync(form, cancel)));
        foreach (ByteString reference in list.Forms.SelectMany(static form => form.RefersTo).Distinct())
            await FetchKeptAsync(reference, cancel);

        ImmutableArray<ClientWork>.Builder clients = ImmutableArray.CreateBuilder<ClientWork>(list.Groups.Sum(static group => group.Clients.Count));
        foreach (ClientGroup group in list.Groups)
        {
            // What a client costs matters to who places it; here clients are ordered by their samples.
            foreach (uint client in group.Clients)
                clients.Add(new ClientWork((int)client, forms[group.Form], Flops: 0));
        }

        var work = new NodeWork((int)list.Round, list.Task, clients.MoveToImmutable()) { StateOf = await FetchStatesAsync(list, cancel) };
        ISplitServer? splits = null;
        if (list.ServerForm is { } server)
        {
            if (options.BodyHosts is { } hosts)
                splits = new RemoteSplitServer(new SplitListIdentity(options.Name, options.Instance, list.Run, list.List, server), hosts, new RemoteSplitOptions { Backoff = options.Backoff, Time = options.Time });
            else
                work = work with { ServerParts = await payloads.GetAsync(server, cancel) };
        }

        return new ListInput(work, forms[list.Groups[0].Form], splits);
    }

    /// <summary>Runs a list whose turn it is.</summary>
    /// <param name="input">What it needs.</param>
    /// <param name="meter">Measures it, and passes the answers on to the fold.</param>
    /// <param name="fold">Combines the answers.</param>
    /// <param name="cancel">Stops at the next step of each client.</param>
    public async Task<ListAnswer> RunAsync(ListInput input, ListMeter meter, ListFold fold, CancellationToken cancel)
    {
        await Node.RunAsync(input.Work, meter, meter, input.Splits, cancel);
        byte[] bytes = fold.Encode();
        FaultPoint.Reach(FaultPoints.NodeListFolded);
        return new ListAnswer(bytes, UnsafeByteOperations.UnsafeWrap(SHA256.HashData(bytes)), meter.SlotSeconds);
    }

    /// <summary>Brings the server's form of a task, for bodies that run here for other nodes.</summary>
    /// <exception cref="TransferRefusedException">The coordinator does not have it (any more).</exception>
    public Task<byte[]> FetchServerFormAsync(PayloadForm form, CancellationToken cancel) => transfer.FetchPayloadAsync(Run, form.Sha256.Memory, (long)form.Length, cancel);

    /// <summary>Drops what clients do not keep any more, and payloads that no list in hand needs.</summary>
    /// <param name="digests">What clients keep, and what lists in hand refer to.</param>
    /// <param name="needed">Payloads of lists in hand.</param>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlySet<string> needed)
    {
        Node.Retain(digests, []);
        payloads.Keep(needed);
    }

    /// <summary>Ends the workers; no list may be running.</summary>
    public void Dispose()
    {
        payloads.Dispose();
        pool.Dispose();
    }

    // A list's states are no other list's: they are not kept for another.
    private async Task<Func<int, ReadOnlyMemory<byte>>?> FetchStatesAsync(WorkList list, CancellationToken cancel)
    {
        if (list.States is not { } form)
            return null;
        byte[] bytes = await FetchAsync(form, cancel);
        var clients = list.Groups.SelectMany(static group => group.Clients).ToHashSet();
        var states = ClientStateBundle
            .Decode(bytes, client => clients.Contains((uint)client) ? ClientStateLimit.Of(Context, Context.Clients[client]) : null)
            .ToDictionary(static state => state.Client, static state => state.State);
        return client => states.GetValueOrDefault(client);
    }

    private async Task<byte[]> FetchAsync(PayloadForm form, CancellationToken cancel)
    {
        byte[] bytes = await transfer.FetchPayloadAsync(Run, form.Sha256.Memory, (long)form.Length, cancel);
        FaultPoint.Reach(FaultPoints.NodePayloadFetched);
        return bytes;
    }

    private async Task FetchKeptAsync(ByteString reference, CancellationToken cancel)
    {
        string digest = Digests.Text(reference);
        if (Node.Keeps(digest))
            return;
        byte[] bytes = await transfer.FetchKeptAsync(Run, reference.Memory, WorkListCheck.LargestPayload(Context.Plan), cancel);
        Node.Provide(digest, bytes);
        FaultPoint.Reach(FaultPoints.NodeKeptFetched);
    }
}
