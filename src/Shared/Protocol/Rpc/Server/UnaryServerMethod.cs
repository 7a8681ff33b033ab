using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>One request, one response.</summary>
internal sealed class UnaryServerMethod<TRequest, TResponse>(
    MethodDescriptor method, Func<TRequest, ServerCall, Task<TResponse>> service, RpcServiceOptions options, ILogger log)
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
            TResponse response = await service(request, call) ?? throw new RpcException(RpcFailures.NoResponse);
            await writer.WriteLastAsync(response);
        }
        finally
        {
            reader.Close();
            writer.Close();
        }
    }
}
