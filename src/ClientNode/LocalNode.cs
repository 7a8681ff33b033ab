using Federated.ClientNode.Remote;
using Federated.ClientNode.Splitting;
using Federated.Methods.Clients;
using Federated.Methods.Nodes;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;

namespace Federated.ClientNode;

/// <summary>A node inside this process: decodes what its clients receive, runs them on the workers, and encodes what they answer. The same bytes as over a network.</summary>
/// <param name="context">The experiment.</param>
/// <param name="pool">The workers.</param>
/// <param name="time">Paces what is said of a client's progress; no result depends on it.</param>
public sealed class LocalNode(ExperimentContext context, WorkerPool pool, TimeProvider time) : INode
{
    // Hosts of bodies come and go; one that cannot compute what it is sent would be asked for ever.
    private const int MostAttempts = 10;

    private readonly KeptParts kept = new(context.Plan);
    private readonly DecodedServerParts serverParts = new(context);

    /// <inheritdoc/>
    public Task RunAsync(NodeWork work, INodeObserver observer, CancellationToken cancel) => RunAsync(work, observer, meter: null, splits: null, cancel);

    /// <summary>As <see cref="RunAsync(NodeWork, INodeObserver, CancellationToken)"/>, and says when a client begins and ends. The list after this one may be started before it is done.</summary>
    /// <param name="work">The list.</param>
    /// <param name="observer">Hears what happens.</param>
    /// <param name="meter">Measures.</param>
    /// <param name="splits">Where the server's part of a cut model runs; null: here, on the worker of the client that it serves.</param>
    /// <param name="cancel">Stops at the next step of each client.</param>
    internal Task RunAsync(NodeWork work, INodeObserver observer, ListMeter? meter, ISplitServer? splits, CancellationToken cancel)
    {
        IClientTaskHandler handler = ClientTaskCatalog.Find(work.Task);
        ClientWork[] order = Order(work);
        var gate = new Lock();
        return pool.RunAsync(
            order.Length,
            (worker, item) =>
            {
                int id = order[item].Client;
                long began = meter?.Begin(id) ?? 0;
                try
                {
                    ISplitServer? server = splits ?? (work.ServerParts.IsEmpty ? null : new LocalSplitServer(context, worker.Split, serverParts));
                    IReadOnlyList<PartSize> crossed = RunClient(
                        handler, worker, id, new PacedProgress(observer, gate, time), kept.Decode(order[item].Payload), server, work, out Client client, cancel);
                    byte[]? held = client.HasNewState ? client.State.Encode() : null;
                    lock (gate)
                    {
                        if (held is not null)
                            observer.StateChanged(id, held);
                        observer.Answered(id, worker.Answer.Bytes, crossed);
                    }
                }
                catch (Exception problem) when (meter?.NoteFailure(id, problem) ?? false)
                {
                    // Never: the filter only takes a note.
                }

                meter?.End(id, began);
            },
            cancel);
    }

    /// <inheritdoc/>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => kept.Retain(digests, provided);

    /// <summary>Decodes a payload as its clients do.</summary>
    /// <exception cref="PayloadException">The bytes are no payload, or refer to something that is not kept here.</exception>
    internal Payload Decode(ReadOnlyMemory<byte> payload) => kept.Decode(payload);

    /// <summary>Whether clients' part of this digest is kept here.</summary>
    internal bool Keeps(string digest) => kept.Keeps(digest);

    /// <summary>Takes in a part that clients keep and that is not kept here (any more), as a payload of its own.</summary>
    /// <exception cref="PayloadException">It is another part, or none.</exception>
    internal void Provide(string digest, ReadOnlyMemory<byte> payload) => kept.Provide(digest, payload);

    // What a client answers is a function of what it received: when the other part of its model is lost, it begins again with what it held on to before, and nothing of what crossed before counts.
    private IReadOnlyList<PartSize> RunClient(
        IClientTaskHandler handler, Worker worker, int id, PacedProgress progress, Payload received, ISplitServer? server, NodeWork work, out Client client, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            client = new Client(context, worker, id, work.Round, progress, StateOf(work, id));
            try
            {
                using SplitChannel? channel = server is null ? null : new SplitChannel(server, new SplitSessionRequest(work.Round, work.Task, id, work.ServerParts), cancel);
                client.Server = channel;
                worker.Answer.Encode(handler.Run(client, received, cancel));
                return channel is null ? worker.Answer.Parts : [.. worker.Answer.Parts, .. channel.Crossed()];
            }
            catch (SplitSessionLostException) when (attempt < MostAttempts && !cancel.IsCancellationRequested)
            {
                // The server finds another place, or the same one again.
            }
        }
    }

    private static ClientState? StateOf(NodeWork work, int client) => work.StateOf is { } stateOf ? ClientState.Decode(stateOf(client)) : null;

    // Clients with most samples first: the last to finish is then a small one and no worker idles for long.
    private ClientWork[] Order(NodeWork work)
    {
        ClientWork[] order = [.. work.Clients];
        Array.Sort(order, (a, b) =>
        {
            int bySamples = context.Clients[b.Client].Samples.CompareTo(context.Clients[a.Client].Samples);
            return bySamples != 0 ? bySamples : a.Client.CompareTo(b.Client);
        });
        return order;
    }
}
