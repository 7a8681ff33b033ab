using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>One method of a service behind its path: from the HTTP request to the trailers.</summary>
internal abstract class ServerMethod(string path, RpcServiceOptions options, ILogger log)
{
    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        if (!IsRpc(http))
            return;
        LiftLimitsOfBodies(http);

        ServerCall? call = null;
        RpcStatus status = RpcStatus.Ok;
        RpcMetadata? trailers = null;
        try
        {
            call = new ServerCall(http, path, options);
            await RunAsync(call);
            if (!http.Response.HasStarted)
                await call.StartAsync();
        }
        catch (Exception exception)
        {
            status = call?.StatusOf(exception) ?? (exception as RpcException)?.Status ?? RpcFailures.ServiceFault;
            trailers = (exception as RpcException)?.Trailers;
            Report(exception, status);
        }

        if (call is null)
        {
            ServerCall.WriteStatus(http.Response, status, null, null);
            return;
        }

        status = call.Close() ?? status;
        if (http.RequestAborted.IsCancellationRequested)
            return; // nobody is there to be told
        if (call.IsWriteCut)
            http.Features.Get<IHttpResetFeature>()?.Reset(0x8); // CANCEL (RFC 9113, section 7): trailers would wait behind what is not read
        else
            call.WriteStatus(status, trailers);
    }

    /// <summary>Whether the request is one of gRPC; answers it otherwise.</summary>
    public static bool IsRpc(HttpContext http)
    {
        if (!HeaderNames.IsGrpc(http.Request.ContentType))
            http.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
        else if (!HttpProtocol.IsHttp2(http.Request.Protocol) && !HttpProtocol.IsHttp3(http.Request.Protocol))
            http.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        else
            return true;
        return false;
    }

    /// <summary>Reads, calls the service, writes; what it throws ends the call.</summary>
    protected abstract Task RunAsync(ServerCall call);

    /// <summary>
    /// A stream of requests may be silent for hours and bring any number of bytes in all; what bounds it are the largest message, <see cref="RpcServiceOptions.LongestSilence"/> and
    /// <see cref="RpcServiceOptions.LongestRequest"/>.
    /// </summary>
    private static void LiftLimitsOfBodies(HttpContext http)
    {
        if (http.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }

    private void Report(Exception exception, RpcStatus status)
    {
        if (status == RpcFailures.ServiceFault)
            RpcServerLog.ServiceFailed(log, exception, path);
        else
            RpcServerLog.CallEnded(log, path, status.Code, status.Message);
    }
}
