using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>A stream of requests, one response.</summary>
internal sealed class ClientStreamingServerMethod<TRequest, TResponse>(
    MethodDescriptor method, Func<IRpcReader<TRequest>, ServerCall, Task<TResponse>> service, RpcServiceOptions options, ILogger log)
    : ServerMethod(RpcMethod.PathOf(method), options, log)
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    private readonly MessageParser<TRequest> parser = RpcMethod.ParserOf<TRequest>(method.InputType, method);

    protected override async Task RunAsync(ServerCall call)
    {
        var reader = new RequestReader<TRequest>(call, parser, call.Options.LongestSilence);
        var writer = new ResponseWriter<TResponse>(call);
        try
        {
            TResponse response = await service(reader, call) ?? throw new RpcException(RpcFailures.NoResponse);
            await writer.WriteLastAsync(response);
        }
        finally
        {
            reader.Close();
            writer.Close();
        }
    }
}
