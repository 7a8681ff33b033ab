using Federated.Protocol.Rpc.Health.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Federated.Protocol.Rpc;

/// <summary>Serves <c>grpc.health.v1</c>.</summary>
public static class HealthEndpointExtensions
{
    /// <summary>Serves the health of the server; it is not serving any more as soon as the application stops.</summary>
    public static IEndpointConventionBuilder MapRpcHealth(this IEndpointRouteBuilder endpoints, HealthService health)
    {
        ArgumentNullException.ThrowIfNull(health);
        endpoints.ServiceProvider.GetService<IHostApplicationLifetime>()?.ApplicationStopping.Register(health.Stop);
        return endpoints.MapRpcService(HealthReflection.Descriptor.Services[0], health);
    }
}
