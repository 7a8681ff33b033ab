using System.Net;
using Federated.Engine.Randomness;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>Both halves over real connections, which are reset at random places.</summary>
public sealed class NetworkTransferTests : IAsyncLifetime
{
    private const int Length = 3_000_017;

    private readonly string folder = Directory.CreateTempSubdirectory("federated-test-").FullName;
    private readonly SampleGate gate = new();
    private readonly BlobSpool server;
    private readonly BlobSpool spool;
    private readonly WebApplication application;
    private readonly byte[] content = Samples.Bytes(Length);

    public NetworkTransferTests()
    {
        server = new BlobSpool(Path.Combine(folder, "server"));
        spool = new BlobSpool(Path.Combine(folder, "client"));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.UseRpc();
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        application = builder.Build();
        TransferService service = new(gate, gate, server, new TransferOptions(), TimeProvider.System);
        application.MapRpcService(TransferReflection.Descriptor.Services[0], service, new RpcServiceOptions { LargestRequest = TransferLimits.MaximumMessageBytes });
    }

    public Task InitializeAsync() => application.StartAsync().WaitAsync(Samples.Limit);

    public async Task DisposeAsync()
    {
        await application.StopAsync().WaitAsync(Samples.Limit);
        await application.DisposeAsync();
        spool.Dispose();
        server.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task Bytes_arrive_whole_over_connections_that_are_reset_anywhere(int seed, bool waitForReady)
    {
        KeyedRandom random = new(new RandomKey(13, RandomPurpose.Synthetic, Client: seed));
        await using CuttingProxy proxy = new(new IPEndPoint(IPAddress.Loopback, new Uri(application.Urls.Single()).Port), () => random.Next(1_200_000));
        await using RpcChannel channel = new(proxy.Address, new RpcChannelOptions { Backoff = new RpcBackoff { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(1) } });
        TransferClient client = new(new RpcTransferConnection(channel, new RpcCallOptions { WaitForReady = waitForReady }), spool, Samples.Impatient with { Tries = 1000, FirstPause = TimeSpan.FromMilliseconds(1), LongestPause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
        gate.Blobs[BlobName.Payload(Samples.Run, BlobDigest.Of(content))] = Blob.FromMemory(content);

        Blob fetched = await client.FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length).WaitAsync(Samples.Limit);
        int cutsOfFetch = proxy.Cuts;
        await client.UploadAsync(Samples.Run, 1, fetched).WaitAsync(Samples.Limit);

        Assert.Equal(content, (await fetched.LoadAsync(Length)).ToArray());
        Assert.Equal(content, Assert.Single(gate.Taken).Content);
        Assert.True(cutsOfFetch > 0 && proxy.Cuts > cutsOfFetch, $"{cutsOfFetch} and {proxy.Cuts - cutsOfFetch} cuts");
    }

    [Fact]
    public async Task Refusals_cross_with_their_codes()
    {
        await using RpcChannel channel = new(new Uri(application.Urls.Single()), new RpcChannelOptions());
        TransferClient client = new(new RpcTransferConnection(channel), spool, Samples.Impatient, TimeProvider.System);

        TransferException missing = await Assert.ThrowsAsync<TransferException>(() => client.FetchAsync(Samples.Run, BlobDigest.Of(content), Length, Length).WaitAsync(Samples.Limit));
        gate.Limit = Length - 1;
        TransferException tooLong = await Assert.ThrowsAsync<TransferException>(() => client.UploadAsync(Samples.Run, 1, Blob.FromMemory(content)).WaitAsync(Samples.Limit));

        Assert.Equal(TransferError.NotFound, missing.Error);
        Assert.Equal((TransferError.Refused, RpcStatusCode.ResourceExhausted), (tooLong.Error, Assert.IsType<RpcException>(tooLong.InnerException).Status.Code));
        Assert.Equal((0, 0), (server.MemoryUsed, server.FileUsed));
    }
}
