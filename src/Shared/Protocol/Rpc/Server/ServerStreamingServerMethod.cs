using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>One request, a stream of responses.</summary>
internal sealed class ServerStreamingServerMethod<TRequest, TResponse>(
    MethodDescriptor method, Func<TRequest, IRpcWriter<TResponse>, ServerCall, Task> service, RpcServiceOptions options, ILogger log)
    : ServerMethod(RpcMethod.PathOf(method), options, log)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly MessageParser<TRequest> parser = RpcMethod.ParserOf<TRequest>(method.InputType, method);

    protected override async Task RunAsync(ServerCall call)
    {
        var reader = new RequestReader<TRequest>(call, parser, call.Options.LongestRequest);
        var writer = new ResponseWriter<TResponse>(call);
        try
        {
            TRequest request = await reader.ReadSingleAsync();
            await service(request, writer, call);
        }
        finally
        {
            reader.Close();
            writer.Close();
        }
    }
}
