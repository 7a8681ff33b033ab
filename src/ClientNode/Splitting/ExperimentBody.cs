using Federated.Methods.Clients;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;

namespace Federated.ClientNode.Splitting;

/// <summary>The server's part of an experiment's task, for clients on other machines: what the task's server half computes, in workspaces that many sessions share.</summary>
/// <param name="context">The experiment.</param>
/// <param name="serverParts">The server's form of the task, encoded.</param>
public sealed class ExperimentBody(ExperimentContext context, ReadOnlyMemory<byte> serverParts) : ISplitBody
{
    // Once: frozen values are shared by all sessions, and a workspace that holds them does not load them again.
    private readonly Lazy<Payload> parts = new(() => SplitExchange.DecodeServerParts(context, serverParts));

    /// <inheritdoc/>
    public IDisposable CreateWorkspace() => new SplitWorkspace(context);

    /// <inheritdoc/>
    public ISplitBodySession Begin(int round, string task, int client) =>
        new Session(new SplitExchange(context, new SplitSessionRequest(round, task, client, serverParts), parts.Value));

    private sealed class Session(SplitExchange exchange) : ISplitBodySession
    {
        public ReadOnlyMemory<byte> Exchange(IDisposable workspace, int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
        {
            cancel.ThrowIfCancellationRequested();
            return exchange.Exchange((SplitWorkspace)workspace, number, leg, payload);
        }
    }
}
