using System.Collections.Concurrent;
using System.Security.Cryptography;
using Federated.ClientNode.Splitting;
using Federated.Methods.Splitting;
using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Federated.RpcKit;
using Google.Protobuf;
using Microsoft.AspNetCore.Routing;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>A body host over a real socket, whose streams a test can break, and clients of it.</summary>
internal sealed class SplitHarness : ISplitLibrary, ISplitHosts, IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly List<SplitService> services = [];
    private readonly List<RpcChannel> channels = [];
    private RpcTestHost host = null!;

    /// <summary>What the host runs.</summary>
    public RunningSumBody Body { get; init; } = new();

    /// <summary>Who opened streams.</summary>
    public ConcurrentQueue<SplitOpening> Opened { get; } = new();

    /// <summary>What the host had to say.</summary>
    public ConcurrentQueue<string> Said { get; } = new();

    /// <summary>Refuses openings, with this.</summary>
    public RpcException? Refusal { get; set; }

    /// <summary>Whether clients are told that the host is one.</summary>
    public bool IsKnown { get; set; } = true;

    public SplitService Service => services[^1];

    public SplitHostOptions Options { get; private set; } = new();

    public RemoteSplitOptions Patience { get; set; } = new() { Backoff = new RpcBackoff { First = TimeSpan.FromMilliseconds(5), Longest = TimeSpan.FromMilliseconds(50) }, MostTries = 1000 };

    public static async Task<SplitHarness> StartAsync(SplitHostOptions? options = null, RunningSumBody? body = null)
    {
        var harness = new SplitHarness { Body = body ?? new RunningSumBody() };
        harness.Options = (options ?? new SplitHostOptions { Workspaces = 2 }) with { Notice = harness.Said.Enqueue };
        harness.services.Add(new SplitService(harness, harness.Options));
        harness.host = await RpcTestHost.StartAsync(harness.Map);
        return harness;
    }

    /// <summary>Breaks all streams: the host's server dies and listens again at the same address. Its sessions live on.</summary>
    public async Task BreakStreamsAsync()
    {
        await host.StopAsync().WaitAsync(Limit);
        int port = host.Address.Port;
        await host.DisposeAsync();
        host = await RpcTestHost.StartAsync(Map, port: port);
    }

    /// <summary>The host's process dies and is started again: its sessions are gone.</summary>
    public async Task RestartAsync()
    {
        services.Add(new SplitService(this, Options));
        await BreakStreamsAsync();
    }

    /// <summary>What a node has for a list: opens sessions with the host.</summary>
    public RemoteSplitServer Server(ulong list = 1, string run = "run") => new(new SplitListIdentity("node-1", 77, run, list, Form), this, Patience);

    /// <summary>A stream as such, for messages that no node sends.</summary>
    public DuplexCall<SplitRequest, SplitReply> Raw() => Client().Open(CancellationToken.None);

    public static SplitOpening Opening(int client = 1, int next = 0, uint attempt = 1) => new()
    {
        Protocol = ProtocolVersion.Current,
        Run = "run",
        Round = 3,
        Task = "train",
        Client = (uint)client,
        Node = "node-1",
        Instance = 77,
        List = 1,
        Attempt = attempt,
        ServerForm = Form,
        Next = (uint)next,
    };

    public static SplitRequest Message(int number, Leg leg, params byte[] payload) =>
        new() { Message = new SplitMessage { Number = (uint)number, Leg = leg, Payload = ByteString.CopyFrom(payload) } };

    public static PayloadForm Form { get; } = new() { Sha256 = ByteString.CopyFrom(SHA256.HashData([1, 2, 3])), Length = 3 };

    public static SplitSessionRequest Request(int client) => new(3, "train", client, ReadOnlyMemory<byte>.Empty);

    /// <summary>Returns when so many sessions are there.</summary>
    public async Task SessionsAsync(int count)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (Service.Table.Count != count)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
    }

    public void Require(SplitOpening opening, ServerCall call)
    {
        Opened.Enqueue(opening);
        if (Refusal is { } refusal)
            throw refusal;
    }

    public Task<ISplitBody> FindAsync(SplitOpening opening, CancellationToken cancel) => Task.FromResult<ISplitBody>(Body);

    public Task<SplitClient> ChooseAsync(int client, SplitClient? avoided, CancellationToken cancel) => Task.FromResult(avoided ?? Client());

    public bool IsThere(SplitClient host) => IsKnown;

    public async ValueTask DisposeAsync()
    {
        foreach (RpcChannel channel in channels)
            await channel.DisposeAsync();
        await host.DisposeAsync();
        foreach (SplitService service in services)
            service.Dispose();
    }

    private void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapRpcService(SplitReflection.Descriptor.Services[0], services[^1], SplitService.ServedWith(new RpcServiceOptions()));

    private SplitClient Client()
    {
        lock (channels)
        {
            // A server that comes back takes a moment: its channel is patient for as short as the session.
            if (channels.Count == 0)
                channels.Add(new RpcChannel(host.Address, new RpcChannelOptions { LargestResponse = SplitHostOptions.LargestMessage, Backoff = Patience.Backoff }));
            return new SplitClient(channels[0]);
        }
    }
}
