using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>Streams to the coordinator over gRPC.</summary>
internal sealed class RpcFleetConnector(RpcChannel channel) : IFleetConnector
{
    private readonly FleetClient client = new(channel);

    /// <inheritdoc/>
    public string Address => channel.Address.ToString();

    /// <inheritdoc/>
    // The stream lives on after the greeting, whose limit the token is.
    public Task<IFleetConnection> ConnectAsync(CancellationToken cancel) => Task.FromResult<IFleetConnection>(new Connection(client.Join(CancellationToken.None), Address));

    private sealed class Connection(DuplexCall<NodeMessage, CoordinatorMessage> call, string address) : IFleetConnection
    {
        public async ValueTask WriteAsync(NodeMessage message, CancellationToken cancel)
        {
            try
            {
                await call.WriteAsync(message, cancel);
            }
            catch (RpcException end) when (WayOut(end.Code) is { } wayOut)
            {
                throw new NodeRefusedException($"{address} refused this node: {end.Status.Message}. {wayOut}", end);
            }
        }

        public async ValueTask<CoordinatorMessage?> ReadAsync(CancellationToken cancel)
        {
            try
            {
                return await call.ReadAsync(cancel);
            }
            catch (RpcException end) when (WayOut(end.Code) is { } wayOut)
            {
                throw new NodeRefusedException($"{address} refused this node: {end.Status.Message}. {wayOut}", end);
            }
        }

        public ValueTask CompleteAsync(CancellationToken cancel) => new(call.CompleteRequestsAsync());

        public ValueTask DisposeAsync() => call.DisposeAsync();

        // For statuses that another attempt would meet again.
        private static string? WayOut(RpcStatusCode code) => code switch
        {
            RpcStatusCode.Unauthenticated => "The coordinator does not know this node: give it the token or the certificate that the coordinator was started with.",
            RpcStatusCode.PermissionDenied => "The coordinator does not let this node in: its name must be the one in its certificate or of its token, and may not be another's.",
            RpcStatusCode.FailedPrecondition => "The coordinator and this node do not fit together: use the same release of Federated on both.",
            RpcStatusCode.InvalidArgument => "The coordinator cannot read what this node says: use the same release of Federated on both, and check the node's options.",
            RpcStatusCode.Unimplemented => "The server takes no nodes: check that the address is that of a coordinator.",
            _ => null,
        };
    }
}
