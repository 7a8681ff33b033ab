using Federated.Bench.Rpc.Messages;
using Federated.Protocol.Rpc;

namespace Federated.Bench.Rpc;

/// <summary>Sends back what it receives.</summary>
internal sealed class EchoService
{
    public Task<Blob> UnaryAsync(Blob request, ServerCall call) => Task.FromResult(request);

    public async Task PingPongAsync(IRpcReader<Blob> requests, IRpcWriter<Blob> responses, ServerCall call)
    {
        while (await requests.ReadAsync() is { } request)
            await responses.WriteAsync(request);
    }
}
