using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Federated.Protocol.Rpc;

/// <summary>A method that can be called: its path and how its messages are parsed. One instance serves all calls.</summary>
public sealed class RpcMethod<TRequest, TResponse>
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    internal RpcMethod(MethodDescriptor method)
    {
        Path = RpcMethod.PathOf(method);
        Kind = RpcMethod.KindOf(method);
        RpcMethod.ParserOf<TRequest>(method.InputType, method);
        ResponseParser = RpcMethod.ParserOf<TResponse>(method.OutputType, method);
    }

    /// <summary><c>/package.Service/Method</c>.</summary>
    public string Path { get; }

    /// <summary>Which sides are streams.</summary>
    public RpcMethodKind Kind { get; }

    internal MessageParser<TResponse> ResponseParser { get; }

    internal void Require(RpcMethodKind kind)
    {
        if (Kind != kind)
            throw new InvalidOperationException($"{Path} is {Kind} and was called as {kind}.");
    }
}
