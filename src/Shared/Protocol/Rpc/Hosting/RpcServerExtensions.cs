using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Federated.Protocol.Rpc;

/// <summary>Settings of a server that fit calls better than the ones it has for pages.</summary>
public static class RpcServerExtensions
{
    /// <summary>Has connections of the server receive and send in blocks that hold a whole frame of HTTP/2 (<see cref="BlockPool"/>).</summary>
    public static IServiceCollection AddRpcBuffers(this IServiceCollection services)
    {
        services.Replace(ServiceDescriptor.Singleton<IMemoryPoolFactory<byte>>(static _ => new BlockPoolFactory(TimeProvider.System)));
        return services;
    }
}
