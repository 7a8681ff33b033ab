using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>
/// A fast writer waits for a slow reader. The reader takes a message only when the writer is seen waiting, so that the writer is always as far ahead as it can get; how far that is, is counted.
/// </summary>
public sealed class FlowControlTests
{
    private const int MessageBytes = 64 << 10;

    private readonly ByteString payload = ByteString.CopyFrom(new byte[MessageBytes]);
    private readonly Ahead ahead = new();

    [Fact]
    public async Task A_server_is_ahead_of_its_reader_by_a_window()
    {
        // 1 MiB at first, which the handler may raise to 16 MiB; then what stands in the buffers of the two sockets.
        const int Messages = 1200;
        const int Bound = (16 << 20) / MessageBytes + (8 << 20) / MessageBytes;
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService
        {
            OnDownload = async (responses, call) =>
            {
                var response = new ProbeResponse { Payload = payload };
                for (int i = 0; i < Messages; i++)
                    await ahead.CountAsync(responses.WriteAsync(response, call.Cancel));
                ahead.End();
            },
        }));
        await using ServerStreamingCall<ProbeResponse> call = host.Channel().ServerStreaming(ProbeMethods.Download, new ProbeRequest());

        while (await ahead.ReaderMayGoOnAsync())
        {
            ahead.BeforeRead();
            if (await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit) is null)
                break;
        }

        Assert.InRange(ahead.Most, 1, Bound);
        Assert.Equal(Messages, ahead.Written);
    }

    [Fact]
    public async Task A_client_is_ahead_of_its_service_by_a_window()
    {
        // 1 MiB of window, one message in the reader's hands and one in the writer's.
        const int Messages = 600;
        const int Bound = ((1 << 20) / MessageBytes) + 2;
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService
        {
            OnUpload = async (requests, call) =>
            {
                int read = 0;
                while (await ahead.ReaderMayGoOnAsync())
                {
                    ahead.BeforeRead();
                    if (await requests.ReadAsync(call.Cancel) is null)
                        break;
                    read++;
                }

                return new ProbeResponse { Count = read };
            },
        }));
        await using ClientStreamingCall<ProbeRequest, ProbeResponse> call = host.Channel().ClientStreaming(ProbeMethods.Upload);
        var request = new ProbeRequest { Payload = payload };

        for (int i = 0; i < Messages; i++)
            await ahead.CountAsync(call.WriteAsync(request)).WaitAsync(ProbeMethods.Limit);
        ahead.End();
        ProbeResponse response = await call.CompleteAsync().WaitAsync(ProbeMethods.Limit);

        Assert.Equal(Messages, response.Count);
        Assert.InRange(ahead.Most, 1, Bound);
    }

    [Fact]
    public async Task A_writer_that_waits_for_a_reader_who_left_is_cancelled()
    {
        var left = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, EndlessDownload(left)));
        ServerStreamingCall<ProbeResponse> call = host.Channel().ServerStreaming(ProbeMethods.Download, new ProbeRequest());
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        await call.DisposeAsync();

        Assert.IsAssignableFrom<OperationCanceledException>(await left.Task.WaitAsync(ProbeMethods.Limit));
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_for_too_long_is_left()
    {
        var time = new SteppedTime();
        var left = new TaskCompletionSource<Exception>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new RpcServiceOptions { Time = time, LongestWrite = TimeSpan.FromMinutes(1) };
        using var waiting = new SemaphoreSlim(0);
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, EndlessDownload(left, waiting), options));
        await using ServerStreamingCall<ProbeResponse> call = host.Channel().ServerStreaming(ProbeMethods.Download, new ProbeRequest());
        Assert.NotNull(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));

        // A write that was seen waiting may still have got through: then the next one that waits is the one.
        while (!left.Task.IsCompleted && await waiting.WaitAsync(ProbeMethods.Limit))
            time.Advance(TimeSpan.FromSeconds(61));

        Exception end = await left.Task.WaitAsync(ProbeMethods.Limit);
        Assert.Equal(RpcFailures.ReaderStalled, Assert.IsType<RpcException>(end).Status);
        RpcException seen = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit) is not null)
            {
            }
        });
        // Reset where a write was cut; told by trailers where the write had just got through.
        Assert.Contains(seen.Code, new[] { RpcStatusCode.Cancelled, RpcStatusCode.DeadlineExceeded });
    }

    private ProbeService EndlessDownload(TaskCompletionSource<Exception> left, SemaphoreSlim? waiting = null) => new()
    {
        OnDownload = async (responses, call) =>
        {
            try
            {
                while (true)
                {
                    Task write = responses.WriteAsync(new ProbeResponse { Payload = payload }).AsTask();
                    if (!write.IsCompleted)
                        waiting?.Release();
                    await write;
                }
            }
            catch (Exception end) when (end is OperationCanceledException or RpcException)
            {
                left.TrySetResult(end);
                waiting?.Release();
                throw;
            }
        },
    };

    /// <summary>Counts how far a writer is ahead, and lets the reader go on when the writer waits.</summary>
    private sealed class Ahead
    {
        private readonly SemaphoreSlim waiting = new(0);
        private int reads;
        private volatile bool ended;

        public int Written { get; private set; }

        public int Most { get; private set; }

        public async Task CountAsync(ValueTask write)
        {
            Task task = write.AsTask();
            if (!task.IsCompleted)
                waiting.Release();
            await task;
            Written++;
            // A read is counted before it is made: what it takes may allow a write before it returns.
            Most = Math.Max(Most, Written - Volatile.Read(ref reads));
        }

        public void BeforeRead() => Interlocked.Increment(ref reads);

        public void End()
        {
            ended = true;
            waiting.Release();
        }

        public async Task<bool> ReaderMayGoOnAsync()
        {
            if (!ended && !await waiting.WaitAsync(ProbeMethods.Limit))
                throw new TimeoutException($"the writer neither waits nor ends; it wrote {Written}, {reads} were read");
            return true;
        }
    }
}
