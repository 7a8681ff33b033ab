using Federated.Methods.Clients;

namespace Federated.Methods.Splitting;

/// <summary>The server's part of the model in this process, in the workspace of the worker whose client it serves. The same bytes as over a network.</summary>
/// <param name="context">The experiment.</param>
/// <param name="workspace">The worker's.</param>
/// <param name="parts">What tasks give to the server's part, decoded once for all workers.</param>
public sealed class LocalSplitServer(ExperimentContext context, SplitWorkspace workspace, DecodedServerParts parts) : ISplitServer
{
    /// <inheritdoc/>
    public ISplitSession Open(SplitSessionRequest request, CancellationToken cancel) => new Session(new SplitExchange(context, request, parts.Of(request.ServerParts)), workspace);

    private sealed class Session(SplitExchange exchange, SplitWorkspace workspace) : ISplitSession
    {
        public ReadOnlyMemory<byte> Exchange(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            return exchange.Exchange(workspace, number, leg, payload);
        }

        public void Dispose()
        {
        }
    }
}
