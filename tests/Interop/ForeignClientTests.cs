using Xunit;

namespace Federated.Interop;

/// <summary>Clients of other implementations against our server: the interoperability suite's cases by their names, and some of our own.</summary>
public sealed class ForeignClientTests
{
    // Zeros compress a thousandfold: a message that crosses in fewer bytes than this has crossed compressed.
    private const long Compressed = 20_000;

    [Theory]
    [PeerCases("grpc-js", "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata", "status_code_and_message",
        "special_status_message", "unimplemented_method", "unimplemented_service", "unknown_method", "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server",
        "concurrent_calls", "health", "reflection")]
    [PeerCases("grpcio", "empty_unary", "large_unary", "client_streaming", "server_streaming", "ping_pong", "empty_stream", "custom_metadata", "status_code_and_message",
        "special_status_message", "unimplemented_method", "unimplemented_service", "unknown_method", "cancel_after_begin", "cancel_after_first_response", "timeout_on_sleeping_server",
        "concurrent_calls", "health", "reflection")]
    public async Task A_foreign_client_passes_against_our_server(string peer, string name)
    {
        await using InteropServer server = await InteropServer.StartAsync();
        await RunAsync(peer, name, server.Port);
    }

    [Theory]
    [PeerCases("grpc-js", "client_compressed_unary", "client_compressed_streaming")]
    [PeerCases("grpcio", "client_compressed_unary", "client_compressed_streaming")]
    public async Task Compressed_requests_are_understood(string peer, string name)
    {
        await using InteropServer server = await InteropServer.StartAsync();
        await using var relay = new CountingRelay(server.Port);

        await RunAsync(peer, name, relay.Port);

        Assert.InRange(relay.Up, 1, Compressed);
    }

    [Theory]
    [PeerCases("grpc-js", "server_compressed_unary", "server_compressed_streaming")]
    [PeerCases("grpcio", "server_compressed_unary", "server_compressed_streaming")]
    public async Task Compressed_responses_are_understood(string peer, string name)
    {
        await using InteropServer server = await InteropServer.StartAsync();
        await using var relay = new CountingRelay(server.Port);

        await RunAsync(peer, name, relay.Port);

        Assert.InRange(relay.Down, 1, Compressed);
    }

    /// <summary>
    /// The server writes megabytes to a client that takes one at a time: it is held back by flow control, never ahead by more than the client's windows, and other calls on the same connection pass
    /// meanwhile.
    /// </summary>
    [Theory]
    [PeerCases("grpc-js", "slow_reader")]
    [PeerCases("grpcio", "slow_reader")]
    public async Task A_slow_foreign_reader_holds_our_server_back(string peer, string name)
    {
        const int messages = 256;
        // The largest windows of either library, 8 MB and more as they measure the connection, and what lies in buffers on the way.
        const int ahead = 64;
        await using InteropServer server = await InteropServer.StartAsync();
        await using PeerProcess client = PeerCasesAttribute.Of(peer).Start("client", "--port", $"{server.Port}", "--case", name);

        for (int read = 1; read <= 3; read++)
        {
            await client.TellAsync("1");
            await client.ExpectAsync($"read {read}");
            if (read == 1)
                await server.Service.HasWaited.Task.WaitAsync(TimeSpan.FromSeconds(30));
            Assert.InRange(server.Service.Written, read, read + ahead);
        }

        await client.TellAsync("all");
        await client.SucceedAsync();
        Assert.Equal(messages, server.Service.Written);
    }

    private static async Task RunAsync(string peer, string name, int port)
    {
        string protos = Path.Combine(TestKit.GoldenFile.RepositoryRoot, "protos");
        await using PeerProcess client = PeerCasesAttribute.Of(peer).Start("client", "--port", $"{port}", "--case", name, "--protos", protos);
        await client.SucceedAsync();
    }
}
