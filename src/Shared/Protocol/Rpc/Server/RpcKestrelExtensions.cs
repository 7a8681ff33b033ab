using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Federated.Protocol.Rpc;

/// <summary>Limits of Kestrel that suit long-lived streams.</summary>
public static class RpcKestrelExtensions
{
    /// <summary>
    /// Sets what calls need: no lowest rate at which a client must read (a node that trains reads nothing meanwhile; <see cref="RpcServiceOptions.LongestWrite"/> bounds it), pings that notice lost
    /// clients, and windows of flow control that let one stream have a chunk of 1 MiB on its way without holding up its neighbours on the connection.
    /// </summary>
    /// <param name="limits">Limits of the server.</param>
    /// <param name="keepAliveDelay">A ping is sent when a connection has been quiet for so long; 20 s.</param>
    /// <param name="keepAliveTimeout">A connection that does not answer for so long is lost; 20 s.</param>
    public static void UseRpc(this KestrelServerLimits limits, TimeSpan? keepAliveDelay = null, TimeSpan? keepAliveTimeout = null)
    {
        limits.MinResponseDataRate = null;
        limits.Http2.KeepAlivePingDelay = keepAliveDelay ?? TimeSpan.FromSeconds(20);
        limits.Http2.KeepAlivePingTimeout = keepAliveTimeout ?? TimeSpan.FromSeconds(20);
        limits.Http2.InitialStreamWindowSize = 1 << 20;
        limits.Http2.InitialConnectionWindowSize = 4 << 20;
    }
}
