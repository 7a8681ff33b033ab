using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Federated.ClientNode.Remote;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>A node over real connections.</summary>
public sealed class NetworkNodeTests : IAsyncLifetime, IBlobSource, IUploadGate
{
    private static readonly TimeSpan Limit = NodeHarness.Limit;

    private readonly string folder = Directory.CreateTempSubdirectory("federated-test-").FullName;
    private readonly BlobSpool spool;
    private readonly WebApplication application;
    private readonly Fleet fleet = new();
    private readonly ConcurrentDictionary<ulong, byte[]> answers = [];
    private readonly CancellationTokenSource abort = new();
    private readonly Blob payload = Blob.FromMemory(SmallExperiment.Payload);

    public NetworkNodeTests()
    {
        spool = new BlobSpool(Path.Combine(folder, "server"));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.UseRpc();
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        application = builder.Build();
        application.MapRpcService(FleetReflection.Descriptor.Services[0], fleet);
        application.MapRpcService(
            TransferReflection.Descriptor.Services[0],
            new TransferService(this, this, spool, new TransferOptions(), TimeProvider.System),
            new RpcServiceOptions { LargestRequest = TransferLimits.MaximumMessageBytes });
    }

    public Task InitializeAsync() => application.StartAsync().WaitAsync(Limit);

    public async Task DisposeAsync()
    {
        await abort.CancelAsync();
        await application.StopAsync().WaitAsync(Limit);
        await application.DisposeAsync();
        spool.Dispose();
        abort.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    public ValueTask<Blob?> FindAsync(BlobName name, ServerCall call) => ValueTask.FromResult(name.Digest == payload.Digest ? payload : null);

    public ValueTask<UploadPermit> AdmitAsync(UploadKey upload, ServerCall call) =>
        upload.List == 99
            ? throw new RpcException(RpcStatusCode.FailedPrecondition, "not handed out")
            : ValueTask.FromResult(new UploadPermit(10_000_000, answers.ContainsKey(upload.List)));

    public async ValueTask TakeAsync(UploadKey upload, Blob blob, ServerCall call)
    {
        answers[upload.List] = (await blob.LoadAsync(10_000_000)).ToArray();
        blob.Dispose();
    }

    [Fact]
    public async Task A_list_is_fetched_run_and_delivered_and_the_node_goes_home()
    {
        Task<NodeEnd> running = RunAsync(CancellationToken.None);
        FleetStream stream = await fleet.AcceptAsync();
        Assert.Equal("wired", (await stream.ReadAsync()).Registration.Node);
        await stream.SayAsync(new CoordinatorMessage { Welcome = new Welcome { Session = 5, HeartbeatMilliseconds = 50 } });
        await stream.SayAsync(new CoordinatorMessage { Prepare = SmallExperiment.Prepare });
        Assert.Equal(SmallExperiment.Run, (await stream.ReadAsync()).ExperimentReady.Run);
        WorkList list = SmallExperiment.List(4, [0, 3, 5]);
        await stream.SayAsync(new CoordinatorMessage { WorkList = list });
        Assert.Equal(4u, (await stream.ReadAsync()).ListStarted.List);
        Assert.Equal(4u, (await stream.ReadAsync()).ListAnswered.List);
        Assert.Equal(await NodeHarness.ExpectedAsync(list, SmallExperiment.Payload), answers[4]);
        await stream.SayAsync(new CoordinatorMessage { WorkList = SmallExperiment.List(99, [1]) }); // whose upload is not wanted
        Assert.Equal(99u, (await stream.ReadAsync()).ListStarted.List);
        await stream.SayAsync(new CoordinatorMessage { Accepted = new AnswerAccepted { List = 4 } });
        await stream.SayAsync(new CoordinatorMessage { Shutdown = new Shutdown { Reason = "over" } });
        Assert.Equal(new NodeEnd(NodeEndKind.ShutDown, "over"), await running.WaitAsync(Limit));
    }

    [Fact]
    public async Task A_node_that_is_stopped_leaves_in_good_order()
    {
        using var stop = new CancellationTokenSource();
        Task<NodeEnd> running = RunAsync(stop.Token);
        FleetStream stream = await fleet.AcceptAsync();
        Assert.NotNull((await stream.ReadAsync()).Registration);
        await stream.SayAsync(new CoordinatorMessage { Welcome = new Welcome { Session = 5, HeartbeatMilliseconds = 60_000 } });
        await stop.CancelAsync();
        await stream.Left.WaitAsync(Limit);
        Assert.Equal(NodeEndKind.Stopped, (await running.WaitAsync(Limit)).Kind);
    }

    [Theory]
    [InlineData(RpcStatusCode.Unauthenticated, "token or the certificate")]
    [InlineData(RpcStatusCode.PermissionDenied, "its name must be")]
    [InlineData(RpcStatusCode.FailedPrecondition, "the same release")]
    [InlineData(RpcStatusCode.InvalidArgument, "the node's options")]
    public async Task A_refusal_ends_the_node_with_the_way_out(RpcStatusCode code, string says)
    {
        fleet.Refusal = new RpcException(code, "not you");
        NodeRefusedException refused = await Assert.ThrowsAsync<NodeRefusedException>(() => RunAsync(CancellationToken.None).WaitAsync(Limit));
        Assert.Contains("not you", refused.Message, StringComparison.Ordinal);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    private async Task<NodeEnd> RunAsync(CancellationToken stop)
    {
        await using var channel = new RpcChannel(new Uri(application.Urls.Single()));
        var options = new NodeOptions
        {
            Name = "wired",
            Slots = 2,
            Data = new SmallExperiment(),
            MemoryBytes = 1 << 30,
            OperationsPerSecond = 1e9,
            SpoolFolder = Path.Combine(folder, "node"),
        };
        return await NodeProcess.RunAsync(options, channel, stop, abort.Token);
    }

    /// <summary>Hands each stream to the test.</summary>
    private sealed class Fleet
    {
        private readonly Channel<FleetStream> joined = Channel.CreateUnbounded<FleetStream>();

        public RpcException? Refusal { get; set; }

        public Task<FleetStream> AcceptAsync() => joined.Reader.ReadAsync().AsTask().WaitAsync(Limit);

        public async Task JoinAsync(IRpcReader<NodeMessage> requests, IRpcWriter<CoordinatorMessage> responses, ServerCall call)
        {
            if (Refusal is not null)
                throw Refusal;
            var stream = new FleetStream(requests, responses);
            joined.Writer.TryWrite(stream);
            await stream.Left.WaitAsync(call.Cancel);
        }
    }

    private sealed class FleetStream(IRpcReader<NodeMessage> requests, IRpcWriter<CoordinatorMessage> responses)
    {
        private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Channel<NodeMessage> said = Channel.CreateUnbounded<NodeMessage>();
        private bool isReading;

        /// <summary>Completes when the node has ended its side.</summary>
        public Task Left
        {
            get
            {
                EnsureReading();
                return left.Task;
            }
        }

        public async Task<NodeMessage> ReadAsync()
        {
            EnsureReading();
            return await said.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        }

        public Task SayAsync(CoordinatorMessage message) => responses.WriteAsync(message).AsTask().WaitAsync(Limit);

        private void EnsureReading()
        {
            if (!Interlocked.Exchange(ref isReading, true))
                _ = Task.Run(ReadAllAsync);
        }

        private async Task ReadAllAsync()
        {
            try
            {
                while (await requests.ReadAsync() is { } message)
                {
                    if (message.KindCase != NodeMessage.KindOneofCase.Heartbeat)
                        said.Writer.TryWrite(message);
                }
            }
            catch (Exception problem) when (problem is IOException or RpcException or OperationCanceledException)
            {
                // The node went without a word.
            }

            said.Writer.TryComplete();
            left.TrySetResult();
        }
    }
}
