using Federated.Protocol.Rpc.Reflection.V1;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Routing;

namespace Federated.Protocol.Rpc;

/// <summary>Serves <c>grpc.reflection.v1</c>.</summary>
public static class ReflectionEndpointExtensions
{
    /// <summary>Older tools ask under this name; the messages are the same.</summary>
    private const string AlphaName = "grpc.reflection.v1alpha.ServerReflection";

    /// <summary>Tells tools which services these endpoints serve, those mapped later included.</summary>
    public static void MapRpcReflection(this IEndpointRouteBuilder endpoints)
    {
        ServiceDescriptor descriptor = ReflectionReflection.Descriptor.Services[0];
        var service = new ReflectionService(RpcEndpointExtensions.MappedServices(endpoints));
        endpoints.MapRpcService(descriptor, service);
        endpoints.MapRpcService(descriptor, AlphaName, service, new RpcServiceOptions());
    }
}
