using System.Collections.Concurrent;
using Federated.Methods.Splitting;
using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>The server's part of a list's task, on body hosts elsewhere. Carries the bytes that the two parts exchange, and nothing else; counts nothing. Safe for several threads.</summary>
/// <param name="identity">The list.</param>
/// <param name="hosts">Where bodies can be run.</param>
/// <param name="options">How patient it is.</param>
public sealed class RemoteSplitServer(SplitListIdentity identity, ISplitHosts hosts, RemoteSplitOptions options) : ISplitServer
{
    private readonly ConcurrentDictionary<int, (uint Attempt, SplitClient Host)> last = new();

    /// <inheritdoc/>
    /// <remarks>The host has the server's parts by their digest: what the request holds of them is not looked at. Waits for a host where there is none. The client's second session goes to another host than the first, if there is one: it was lost there.</remarks>
    public ISplitSession Open(SplitSessionRequest request, CancellationToken cancel)
    {
#pragma warning disable VSTHRD002 // a worker's thread has nothing else to do
        return OpenAsync(request, cancel).GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>The same without holding the thread.</summary>
    internal async Task<RemoteSplitSession> OpenAsync(SplitSessionRequest request, CancellationToken cancel)
    {
        bool isAgain = last.TryGetValue(request.Client, out (uint Attempt, SplitClient Host) before);
        SplitClient host = await hosts.ChooseAsync(request.Client, isAgain ? before.Host : null, cancel);
        uint attempt = isAgain ? before.Attempt + 1 : 1;
        last[request.Client] = (attempt, host);
        var opening = new SplitOpening
        {
            Protocol = ProtocolVersion.Current,
            Run = identity.Run,
            Round = (uint)request.Round,
            Task = request.Task,
            Client = (uint)request.Client,
            Node = identity.Node,
            Instance = identity.Instance,
            List = identity.List,
            Attempt = attempt,
            ServerForm = identity.ServerForm,
        };
        // Clients that were sent away together do not come back together.
        RpcBackoff backoff = options.Backoff with { Key = identity.Instance + (uint)request.Client };
        return new RemoteSplitSession(opening, host, hosts, options with { Backoff = backoff });
    }
}
