using System.Reflection;
using Google.Protobuf.Reflection;
using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>Finds the method of a service for every rpc of its descriptor. Reflection is used here, once, and never by a call.</summary>
internal static class ServiceBinder
{
    public static ServerMethod Bind(MethodDescriptor method, object service, RpcServiceOptions options, ILogger log)
    {
        Type request = method.InputType.ClrType;
        Type response = method.OutputType.ClrType;
        Type reader = typeof(IRpcReader<>).MakeGenericType(request);
        Type writer = typeof(IRpcWriter<>).MakeGenericType(response);
        Type answer = typeof(Task<>).MakeGenericType(response);
        (Type[] parameters, Type result, Type handler) = RpcMethod.KindOf(method) switch
        {
            RpcMethodKind.Unary => (new[] { request, typeof(ServerCall) }, answer, typeof(UnaryServerMethod<,>)),
            RpcMethodKind.ServerStreaming => ([request, writer, typeof(ServerCall)], typeof(Task), typeof(ServerStreamingServerMethod<,>)),
            RpcMethodKind.ClientStreaming => ([reader, typeof(ServerCall)], answer, typeof(ClientStreamingServerMethod<,>)),
            _ => ([reader, writer, typeof(ServerCall)], typeof(Task), typeof(DuplexServerMethod<,>)),
        };
        MethodInfo? found = service.GetType().GetMethod(method.Name + "Async", BindingFlags.Public | BindingFlags.Instance, parameters);
        if (found is null || found.ReturnType != result)
        {
            string expected = $"{Text(result)} {method.Name}Async({string.Join(", ", parameters.Select(Text))})";
            throw new ArgumentException($"{service.GetType().Name} has no public method '{expected}' for {method.FullName}.", nameof(service));
        }

        Delegate call = found.CreateDelegate(System.Linq.Expressions.Expression.GetDelegateType([.. parameters, result]), service);
        return (ServerMethod)Activator.CreateInstance(handler.MakeGenericType(request, response), method, call, options, log)!;
    }

    private static string Text(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Text))}>"
        : type.Name;
}
