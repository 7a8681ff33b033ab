using Federated.Methods.Clients;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.ClientNode;

/// <summary>A node inside this process: decodes what its clients receive, runs them on the workers, and encodes what they answer. The same bytes as over a network.</summary>
/// <param name="context">The experiment.</param>
/// <param name="pool">The workers.</param>
/// <param name="time">Paces what is said of a client's progress; no result depends on it.</param>
public sealed class LocalNode(ExperimentContext context, WorkerPool pool, TimeProvider time) : INode
{
    private readonly KeptParts kept = new(context.Plan);

    /// <inheritdoc/>
    public Task RunAsync(NodeWork work, INodeObserver observer, CancellationToken cancel)
    {
        IClientTaskHandler handler = ClientTaskCatalog.Find(work.Task);
        ClientWork[] order = Order(work);
        var gate = new Lock();
        return pool.RunAsync(
            order.Length,
            (worker, item) =>
            {
                int id = order[item].Client;
                Payload received = kept.Decode(order[item].Payload);
                var client = new Client(context, worker, id, work.Round, new PacedProgress(observer, gate, time));
                worker.Answer.Encode(handler.Run(client, received, cancel));
                lock (gate)
                    observer.Answered(id, worker.Answer.Bytes, worker.Answer.Parts);
            },
            cancel);
    }

    /// <inheritdoc/>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => kept.Retain(digests, provided);

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
