using System.CommandLine;
using Federated.Bench.Rpc.Messages;
using Federated.Protocol.Rpc;

namespace Federated.Bench.Rpc;

/// <summary>The clients' half of the benchmark of rounds, in a process of its own: each has its own connection and its own stream and sends back what it receives.</summary>
internal static class RoundsClients
{
    public const string Name = "rpc-rounds-clients";

    private static readonly RpcMethod<RoundMessage, RoundMessage> Join = RpcMethod.Of<RoundMessage, RoundMessage>(
        BenchReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("Rounds"), "Join");

    public static Command Create()
    {
        var address = new Option<string>("--address") { Required = true };
        var clients = new Option<int>("--clients") { Required = true };
        var command = new Command(Name, "The clients of rpc-rounds.") { address, clients };
        command.Hidden = true;
        command.SetAction(result => RunAsync(new Uri(result.GetValue(address)!), result.GetValue(clients)));
        return command;
    }

    private static async Task RunAsync(Uri address, int clients)
    {
        List<Task> running = [];
        for (int i = 0; i < clients; i++)
            running.Add(RunClientAsync(address));
        await Task.WhenAll(running);
    }

    private static async Task RunClientAsync(Uri address)
    {
        await using var channel = new RpcChannel(address, new RpcChannelOptions());
        await using DuplexCall<RoundMessage, RoundMessage> call = channel.Duplex(Join);
        await call.WriteAsync(new RoundMessage());
        while (await call.ReadAsync() is { } model)
            await call.WriteAsync(model);
        await call.CompleteRequestsAsync();
    }
}
