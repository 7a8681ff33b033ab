using Federated.Interop.Testing;
using Federated.Protocol.Rpc;
using Xunit;

namespace Federated.Interop;

/// <summary>Our client against servers of other implementations: the interoperability suite's cases by their names, and some of our own.</summary>
public sealed class ForeignServerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Zeros compress a thousandfold: a message that crosses in fewer bytes than this has crossed compressed.
    private const long Compressed = 20_000;

    [Theory]
    [PeerCases("grpc-js", "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata", "status_code_and_message",
        "special_status_message", "unimplemented_method", "unimplemented_service", "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server", "concurrent_calls")]
    [PeerCases("grpcio", "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata", "status_code_and_message",
        "special_status_message", "unimplemented_method", "unimplemented_service", "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server", "concurrent_calls")]
    public async Task Our_client_passes_against_a_foreign_server(string peer, string name)
    {
        await using PeerProcess server = PeerCasesAttribute.Of(peer).Start("server");
        await using var client = new OurClient(await server.PortAsync());

        await client.RunAsync(name).WaitAsync(Limit);
    }

    [Theory]
    [PeerCases("grpc-js", "client_compressed_unary", "client_compressed_streaming")]
    [PeerCases("grpcio", "client_compressed_unary", "client_compressed_streaming")]
    public async Task Our_compressed_requests_are_understood(string peer, string name)
    {
        await using PeerProcess server = PeerCasesAttribute.Of(peer).Start("server");
        await using var relay = new CountingRelay(await server.PortAsync());
        await using var client = new OurClient(relay.Port);

        await client.RunAsync(name).WaitAsync(Limit);

        Assert.InRange(relay.Up, 1, Compressed);
    }

    /// <summary>Of the two only grpcio compresses what a server sends.</summary>
    [Theory]
    [PeerCases("grpcio", "server_compressed_unary", "server_compressed_streaming")]
    public async Task We_understand_compressed_responses(string peer, string name)
    {
        await using PeerProcess server = PeerCasesAttribute.Of(peer).Start("server");
        await using var relay = new CountingRelay(await server.PortAsync());
        await using var client = new OurClient(relay.Port);

        await client.RunAsync(name).WaitAsync(Limit);

        Assert.InRange(relay.Down, 1, Compressed);
    }

    /// <summary>Our client writes megabytes to a server that takes one at a time: it is held back by flow control, and other calls on the same connection pass meanwhile.</summary>
    [Theory]
    [PeerCases("grpc-js", "slow_server")]
    [PeerCases("grpcio", "slow_server")]
    public async Task A_slow_foreign_server_holds_our_client_back(string peer, string name)
    {
        const int messages = 256;
        // The largest windows of either library, 8 MB and more as they measure the connection, and what lies in buffers on the way.
        const int ahead = 64;
        Assert.Equal("slow_server", name);
        await using PeerProcess server = PeerCasesAttribute.Of(peer).Start("server", "--slow");
        await using var client = new OurClient(await server.PortAsync());
        await using ClientStreamingCall<StreamingInputCallRequest, StreamingInputCallResponse> call = client.BeginInput();
        int written = 0;
        var waited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writing = Task.Run(async () =>
        {
            for (int i = 0; i < messages; i++)
            {
                ValueTask write = call.WriteAsync(OurClient.Input(1 << 20));
                if (!write.IsCompleted)
                    waited.TrySetResult();
                await write;
                Interlocked.Increment(ref written);
            }
        });

        for (int read = 1; read <= 3; read++)
        {
            await server.TellAsync("1");
            await server.ExpectAsync($"read {read}");
            if (read == 1)
                await waited.Task.WaitAsync(Limit);
            await client.EmptyUnaryAsync().WaitAsync(Limit);
            Assert.InRange(Volatile.Read(ref written), read - 1, read + ahead);
        }

        await server.TellAsync("all");
        await writing.WaitAsync(Limit);
        Assert.Equal(messages << 20, (await call.CompleteAsync().WaitAsync(Limit)).AggregatedPayloadSize);
    }
}
