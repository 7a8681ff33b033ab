using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Federated.Protocol.Rpc;

/// <summary>Finds methods in the descriptors of generated messages.</summary>
public static class RpcMethod
{
    /// <summary>A method of a service, to call it.</summary>
    /// <exception cref="ArgumentException">The service has no such method, or its messages are others.</exception>
    public static RpcMethod<TRequest, TResponse> Of<TRequest, TResponse>(ServiceDescriptor service, string name)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>
    {
        MethodDescriptor method = service.FindMethodByName(name) ?? throw new ArgumentException($"{service.FullName} has no method '{name}'.", nameof(name));
        return new RpcMethod<TRequest, TResponse>(method);
    }

    internal static RpcMethodKind KindOf(MethodDescriptor method) => (method.IsClientStreaming, method.IsServerStreaming) switch
    {
        (false, false) => RpcMethodKind.Unary,
        (false, true) => RpcMethodKind.ServerStreaming,
        (true, false) => RpcMethodKind.ClientStreaming,
        (true, true) => RpcMethodKind.Duplex,
    };

    internal static string PathOf(MethodDescriptor method) => $"/{method.Service.FullName}/{method.Name}";

    internal static MessageParser<T> ParserOf<T>(MessageDescriptor message, MethodDescriptor method)
        where T : class, IMessage<T>
        => message.Parser as MessageParser<T> ?? throw new ArgumentException($"{method.FullName} has {message.FullName} where {typeof(T).Name} was named.");
}
