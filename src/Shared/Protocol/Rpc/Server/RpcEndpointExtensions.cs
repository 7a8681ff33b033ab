using System.Runtime.CompilerServices;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ServiceDescriptor = Google.Protobuf.Reflection.ServiceDescriptor;

namespace Federated.Protocol.Rpc;

/// <summary>Serves services of gRPC from the endpoints of an ASP.NET Core application.</summary>
public static class RpcEndpointExtensions
{
    private const string LogCategory = "Federated.Rpc";

    private static readonly ConditionalWeakTable<ICollection<EndpointDataSource>, List<ServiceDescriptor>> Mapped = [];

    /// <summary>
    /// Serves a service: a class with one public method for every rpc, named as the rpc with <c>Async</c> behind it (<see cref="IRpcReader{T}"/>, <see cref="IRpcWriter{T}"/> and
    /// <see cref="ServerCall"/> as its kind needs). One instance serves all calls, at the same time. Paths of gRPC that nothing serves are answered as unimplemented from then on.
    /// </summary>
    /// <returns>The service's endpoints, to add metadata such as authorization to.</returns>
    /// <exception cref="ArgumentException">A method is missing, or the service is already served.</exception>
    public static IEndpointConventionBuilder MapRpcService(this IEndpointRouteBuilder endpoints, ServiceDescriptor descriptor, object service, RpcServiceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(service);
        List<ServiceDescriptor> mapped = MappedServices(endpoints);
        if (mapped.Contains(descriptor))
            throw new ArgumentException($"{descriptor.FullName} is already served.", nameof(descriptor));
        IEndpointConventionBuilder group = endpoints.MapRpcService(descriptor, descriptor.FullName, service, options ?? new RpcServiceOptions());
        if (mapped.Count == 0)
            endpoints.MapPost("/{rpcService}/{rpc}", (RequestDelegate)(http => Refuse(http, RpcFailures.UnknownService)));
        mapped.Add(descriptor);
        return group;
    }

    /// <summary>Serves a service under any name.</summary>
    internal static IEndpointConventionBuilder MapRpcService(this IEndpointRouteBuilder endpoints, ServiceDescriptor descriptor, string name, object service, RpcServiceOptions options)
    {
        ILogger log = endpoints.ServiceProvider.GetService<ILoggerFactory>()?.CreateLogger(LogCategory) ?? NullLogger.Instance;
        RouteGroupBuilder group = endpoints.MapGroup("/" + name);
        foreach (MethodDescriptor method in descriptor.Methods)
        {
            ServerMethod bound = ServiceBinder.Bind(method, service, options, log);
            group.MapPost("/" + method.Name, (RequestDelegate)bound.HandleAsync);
        }

        group.MapPost("/{rpc}", (RequestDelegate)(http => Refuse(http, RpcFailures.UnknownMethod)));
        return group;
    }

    /// <summary>The services that these endpoints serve so far.</summary>
    internal static List<ServiceDescriptor> MappedServices(IEndpointRouteBuilder endpoints) => Mapped.GetOrCreateValue(endpoints.DataSources);

    private static Task Refuse(HttpContext http, RpcStatus status)
    {
        if (ServerMethod.IsRpc(http))
            ServerCall.WriteStatus(http.Response, status, null, null);
        return Task.CompletedTask;
    }
}
