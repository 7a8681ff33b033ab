using Federated.Methods.Clients;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.ClientNode;

/// <summary>A node inside this process: decodes what its clients receive, runs them on the workers, and encodes what they answer. The same bytes as over a network.</summary>
public sealed class LocalNode(ExperimentContext context, WorkerPool pool) : INode
{
    private readonly KeptParts kept = new(context.Plan);

    /// <inheritdoc/>
    public async Task RunAsync(NodeWork work, INodeObserver observer, CancellationToken cancel)
    {
        IClientTaskHandler handler = ClientTaskCatalog.Find(work.Task);
        // Clients with most samples first: the last to finish is then a small one and no worker idles for long.
        ClientWork[] order = [.. work.Clients.OrderByDescending(w => context.Clients[w.Client].Samples).ThenBy(static w => w.Client)];
        var gate = new Lock();
        await pool.RunAsync(
            order.Length,
            (worker, item) =>
            {
                int id = order[item].Client;
                Payload received = kept.Decode(order[item].Payload);
                var client = new Client(context, worker, id, work.Round, (done, total) =>
                {
                    lock (gate)
                        observer.Progress(id, done, total);
                });
                EncodedPayload answer = handler.Run(client, received, cancel).Encode();
                lock (gate)
                    observer.Answered(id, answer);
            },
            cancel);
    }

    /// <inheritdoc/>
    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => kept.Retain(digests, provided);
}
