using Federated.Interop.Testing;
using Federated.Protocol.Rpc;
using Google.Protobuf;

namespace Federated.Interop;

/// <summary>Our server of the interoperability suite's test service.</summary>
internal sealed class TestService(TimeProvider time)
{
    private const string Initial = "x-grpc-test-echo-initial";
    private const string Trailing = "x-grpc-test-echo-trailing-bin";

    private int written;

    /// <summary>Streamed responses that have been handed to a connection so far.</summary>
    public int Written => Volatile.Read(ref written);

    /// <summary>Set when a streamed response could not be handed to its connection at once.</summary>
    public TaskCompletionSource HasWaited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Empty> EmptyCallAsync(Empty request, ServerCall call)
    {
        EchoMetadata(call);
        return Task.FromResult(new Empty());
    }

    public Task<SimpleResponse> UnaryCallAsync(SimpleRequest request, ServerCall call)
    {
        EchoMetadata(call);
        EndAsAsked(request.ResponseStatus);
        call.Compress = request.ResponseCompressed?.Value ?? false;
        return Task.FromResult(new SimpleResponse { Payload = Of(request.ResponseSize) });
    }

    public async Task StreamingOutputCallAsync(StreamingOutputCallRequest request, IRpcWriter<StreamingOutputCallResponse> responses, ServerCall call)
    {
        EchoMetadata(call);
        await AnswerAsync(request, responses, call);
    }

    public async Task<StreamingInputCallResponse> StreamingInputCallAsync(IRpcReader<StreamingInputCallRequest> requests, ServerCall call)
    {
        EchoMetadata(call);
        int sum = 0;
        while (await requests.ReadAsync(call.Cancel) is { } request)
            sum += request.Payload.Body.Length;

        return new StreamingInputCallResponse { AggregatedPayloadSize = sum };
    }

    public async Task FullDuplexCallAsync(IRpcReader<StreamingOutputCallRequest> requests, IRpcWriter<StreamingOutputCallResponse> responses, ServerCall call)
    {
        EchoMetadata(call);
        while (await requests.ReadAsync(call.Cancel) is { } request)
        {
            EndAsAsked(request.ResponseStatus);
            await AnswerAsync(request, responses, call);
        }
    }

    public Task<Empty> UnimplementedCallAsync(Empty request, ServerCall call) => throw new RpcException(RpcStatusCode.Unimplemented, "this call is meant to be missing");

    private async Task AnswerAsync(StreamingOutputCallRequest request, IRpcWriter<StreamingOutputCallResponse> responses, ServerCall call)
    {
        foreach (ResponseParameters parameters in request.ResponseParameters)
        {
            if (parameters.IntervalUs > 0)
                await Task.Delay(TimeSpan.FromMicroseconds(parameters.IntervalUs), time, call.Cancel);
            call.Compress = parameters.Compressed?.Value ?? false;
            ValueTask writing = responses.WriteAsync(new StreamingOutputCallResponse { Payload = Of(parameters.Size) }, call.Cancel);
            if (!writing.IsCompleted)
                HasWaited.TrySetResult();
            await writing;
            Interlocked.Increment(ref written);
        }
    }

    private static Payload Of(int size) => new() { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    private static void EndAsAsked(EchoStatus? status)
    {
        if (status is { Code: not 0 })
            throw new RpcException((RpcStatusCode)status.Code, status.Message);
    }

    private static void EchoMetadata(ServerCall call)
    {
        foreach (RpcMetadataEntry entry in call.RequestMetadata)
        {
            if (entry.Name == Initial)
                call.ResponseHeaders.Add(entry.Name, entry.Text!);
            if (entry.Name == Trailing)
                call.ResponseTrailers.Add(entry.Name, entry.Bytes);
        }
    }
}
