using Federated.Protocol.Rpc;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;

namespace Federated.Rpc.Tests;

/// <summary>Answers as the requests ask for. Scripts are what single tests hand in.</summary>
public sealed class ProbeService
{
    private readonly Dictionary<string, Func<ServerCall, Task>> scripts = new(StringComparer.Ordinal);

    /// <summary>Streams whose service stays in its method until the test says so.</summary>
    public Func<IRpcReader<ProbeRequest>, IRpcWriter<ProbeResponse>, ServerCall, Task>? OnTalk { get; init; }

    public Func<IRpcReader<ProbeRequest>, ServerCall, Task<ProbeResponse>>? OnUpload { get; init; }

    public Func<IRpcWriter<ProbeResponse>, ServerCall, Task>? OnDownload { get; init; }

    public ProbeService With(string script, Func<ServerCall, Task> body)
    {
        scripts.Add(script, body);
        return this;
    }

    public async Task<ProbeResponse> UnaryAsync(ProbeRequest request, ServerCall call)
    {
        await RunScriptAsync(request, call);
        Echo(call);
        ThrowIfAsked(request);
        return Answer(request, 1);
    }

    public async Task DownloadAsync(ProbeRequest request, IRpcWriter<ProbeResponse> responses, ServerCall call)
    {
        if (OnDownload is not null)
        {
            await OnDownload(responses, call);
            return;
        }

        await RunScriptAsync(request, call);
        Echo(call);
        for (int i = 0; i < request.Responses; i++)
            await responses.WriteAsync(Answer(request, i + 1), call.Cancel);
        ThrowIfAsked(request);
    }

    public async Task<ProbeResponse> UploadAsync(IRpcReader<ProbeRequest> requests, ServerCall call)
    {
        if (OnUpload is not null)
            return await OnUpload(requests, call);
        Echo(call);
        long bytes = 0;
        while (await requests.ReadAsync(call.Cancel) is { } request)
        {
            await RunScriptAsync(request, call);
            ThrowIfAsked(request);
            bytes += request.Payload.Length;
        }

        return new ProbeResponse { Count = bytes };
    }

    public async Task TalkAsync(IRpcReader<ProbeRequest> requests, IRpcWriter<ProbeResponse> responses, ServerCall call)
    {
        if (OnTalk is not null)
        {
            await OnTalk(requests, responses, call);
            return;
        }

        Echo(call);
        long count = 0;
        while (await requests.ReadAsync(call.Cancel) is { } request)
        {
            await RunScriptAsync(request, call);
            ThrowIfAsked(request);
            await responses.WriteAsync(Answer(request, ++count), call.Cancel);
        }
    }

    private static ProbeResponse Answer(ProbeRequest request, long count) => new()
    {
        Payload = request.ResponseBytes > 0 ? UnsafeByteOperations.UnsafeWrap(new byte[request.ResponseBytes]) : request.Payload,
        Count = count,
    };

    private static void ThrowIfAsked(ProbeRequest request)
    {
        if (request.Status != 0)
            throw new RpcException((RpcStatusCode)request.Status, request.StatusMessage);
    }

    /// <summary>Sends back the metadata that tests send.</summary>
    private static void Echo(ServerCall call)
    {
        if (call.RequestMetadata.GetText("x-echo") is { } text)
            call.ResponseHeaders.Add("x-echo", text);
        if (call.RequestMetadata.GetBytes("x-echo-bin") is { } bytes)
            call.ResponseTrailers.Add("x-echo-bin", bytes);
    }

    private Task RunScriptAsync(ProbeRequest request, ServerCall call) => request.Script.Length > 0 ? scripts[request.Script](call) : Task.CompletedTask;
}
