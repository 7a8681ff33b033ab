namespace Federated.Protocol.Rpc;

/// <summary>What ends of HTTP mean where no <c>grpc-status</c> came.</summary>
internal static class StatusMapping
{
    /// <summary>The table "HTTP to gRPC Status Code Mapping".</summary>
    public static RpcStatus FromHttp(int status) => new(
        status switch
        {
            400 => RpcStatusCode.Internal,
            401 => RpcStatusCode.Unauthenticated,
            403 => RpcStatusCode.PermissionDenied,
            404 => RpcStatusCode.Unimplemented,
            429 or 502 or 503 or 504 => RpcStatusCode.Unavailable,
            _ => RpcStatusCode.Unknown,
        },
        $"the server answered with HTTP status {status}");

    /// <summary>The table of the specification's section "Errors": codes of RST_STREAM and GOAWAY (RFC 9113, section 7).</summary>
    public static RpcStatus FromReset(long errorCode) => new(
        errorCode switch
        {
            0x7 => RpcStatusCode.Unavailable, // REFUSED_STREAM: it was not processed
            0x8 => RpcStatusCode.Cancelled,
            0xB => RpcStatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
            0xC => RpcStatusCode.PermissionDenied, // INADEQUATE_SECURITY
            _ => RpcStatusCode.Internal,
        },
        $"the server reset the stream with HTTP/2 error 0x{errorCode:x}");
}
