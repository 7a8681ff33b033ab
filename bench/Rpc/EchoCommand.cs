using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Federated.Bench.Rpc.Messages;
using Federated.Protocol.Rpc;
using Google.Protobuf;

namespace Federated.Bench.Rpc;

/// <summary>
/// Calls a second of an echo between two processes of this machine: the callers in this one, the server in another. A caller sends its next message when the answer to the one before is there; each has a
/// connection of its own unless asked otherwise.
/// </summary>
internal static class EchoCommand
{
    private const string Server = "rpc-echo-server";

    private static readonly RpcMethod<Blob, Blob> Unary = RpcMethod.Of<Blob, Blob>(BenchReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("Echo"), "Unary");
    private static readonly RpcMethod<Blob, Blob> PingPong = RpcMethod.Of<Blob, Blob>(BenchReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("Echo"), "PingPong");

    public static Command Create(TimeProvider time)
    {
        var kind = new Option<string>("--kind") { Description = "unary: a call for each message; duplex: one stream for all of a caller's.", DefaultValueFactory = _ => "unary" };
        kind.AcceptOnlyFromAmong("unary", "duplex");
        var clients = new Option<int>("--clients") { Description = "Callers at the same time.", DefaultValueFactory = _ => 8 };
        var connections = new Option<int>("--connections") { Description = "Connections that they share; 0: one for each.", DefaultValueFactory = _ => 0 };
        var size = new Option<int>("--size") { Description = "Bytes of a message, there and back.", DefaultValueFactory = _ => 10_240 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a timed window.", DefaultValueFactory = _ => 1 };
        var warmUp = new Option<double>("--warm-up") { Description = "Seconds before the first.", DefaultValueFactory = _ => 1 };
        var repeats = new Option<int>("--repeats") { Description = "Timed windows.", DefaultValueFactory = _ => 5 };
        var command = new Command("rpc-echo", "Calls a second of an echo over gRPC, between two processes.") { kind, clients, connections, size, seconds, warmUp, repeats };
        command.SetAction(result => RunAsync(
            new Setting(
                result.GetValue(kind) == "duplex", result.GetValue(clients), result.GetValue(connections) is > 0 and int shared ? shared : result.GetValue(clients), result.GetValue(size),
                result.GetValue(seconds), result.GetValue(warmUp), result.GetValue(repeats)),
            time));
        return command;
    }

    /// <summary>The server's process.</summary>
    public static Command CreateServer()
    {
        var command = new Command(Server, "The server of rpc-echo.") { Hidden = true };
        command.SetAction(async _ =>
        {
            (Microsoft.AspNetCore.Builder.WebApplication server, Uri address) = await RpcHost.StartAsync(
                static server => server.MapRpcService(BenchReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.ServiceDescriptor>("Echo"), new EchoService()));
            await using (server)
                await ThisProgram.ServeAsync(address.ToString());
        });
        return command;
    }

    private static async Task RunAsync(Setting setting, TimeProvider time)
    {
        Process server = ThisProgram.Start(Server);
        try
        {
            var address = new Uri(await ThisProgram.ReadLineAsync(server));
            await MeasureAsync(setting, address, server, time);
        }
        finally
        {
            ThisProgram.End(server);
        }
    }

    private static async Task MeasureAsync(Setting setting, Uri address, Process server, TimeProvider time)
    {
        RpcChannel[] channels = [.. Enumerable.Range(0, setting.Connections).Select(_ => new RpcChannel(address, new RpcChannelOptions()))];
        long begin = time.GetTimestamp() + (long)(setting.WarmUp * time.TimestampFrequency);
        EchoMeter[] meters = [.. Enumerable.Range(0, setting.Clients).Select(_ => new EchoMeter(time, begin, (long)(setting.Seconds * time.TimestampFrequency), setting.Repeats))];
        // Callers start on threads of the pool, not one after the other on this one.
        Task calling = Task.WhenAll(meters.Select((meter, i) => Task.Run(() => setting.IsDuplex
            ? CallDuplexAsync(channels[i % channels.Length], meter, setting.Size, time)
            : CallUnaryAsync(channels[i % channels.Length], meter, setting.Size, time))));
        await Task.Delay(TimeSpan.FromSeconds(setting.WarmUp), time);
        double spent = ProcessorSeconds(server);
        await calling;
        spent = ProcessorSeconds(server) - spent;
        long serverPeak = server.PeakWorkingSet64;
        foreach (RpcChannel channel in channels)
            await channel.DisposeAsync();
        Report(setting, meters, time, spent, serverPeak);
    }

    /// <summary>Of the server's process and this one.</summary>
    private static double ProcessorSeconds(Process server)
    {
        server.Refresh();
        return (server.TotalProcessorTime + Environment.CpuUsage.TotalTime).TotalSeconds;
    }

    private static async Task CallUnaryAsync(RpcChannel channel, EchoMeter meter, int size, TimeProvider time)
    {
        var request = new Blob { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
        long start;
        do
        {
            start = time.GetTimestamp();
            Blob response = await channel.UnaryAsync(Unary, request);
            Require(response, size);
        }
        while (meter.Note(start));
    }

    private static async Task CallDuplexAsync(RpcChannel channel, EchoMeter meter, int size, TimeProvider time)
    {
        var request = new Blob { Body = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
        await using DuplexCall<Blob, Blob> call = channel.Duplex(PingPong);
        long start;
        do
        {
            start = time.GetTimestamp();
            await call.WriteAsync(request);
            Require(await call.ReadAsync(), size);
        }
        while (meter.Note(start));
        await call.CompleteRequestsAsync();
    }

    private static void Require(Blob? response, int size)
    {
        if (response?.Body.Length != size)
            throw new InvalidOperationException("Something else came back than was sent.");
    }

    private static void Report(Setting setting, EchoMeter[] meters, TimeProvider time, double spent, long serverPeak)
    {
        double[] rates = [.. Enumerable.Range(0, setting.Repeats).Select(window => meters.Sum(meter => meter.Counts[window]) / setting.Seconds).Order()];
        double[] microseconds = [.. meters.SelectMany(static meter => meter.Durations).Select(duration => duration * 1e6 / time.TimestampFrequency).Order()];
        double median = Quantiles.Of(microseconds, 0.5);
        double last = Quantiles.Of(microseconds, 0.99);
        // Of both processes: what tells two variants apart where others use the machine too.
        double processor = 1e6 * spent / microseconds.Length;
        Console.WriteLine($"{(setting.IsDuplex ? "duplex" : "unary")}, {setting.Clients} callers on {setting.Connections} connections, {setting.Size:N0} bytes: {Quantiles.Of(rates, 0.5):N0} calls/s, a call {median:F0} µs, 99 % below {last:F0} µs, processor {processor:F1} µs");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "rpc-echo",
            kind = setting.IsDuplex ? "duplex" : "unary",
            clients = setting.Clients,
            connections = setting.Connections,
            threads = 2,
            repeats = setting.Repeats,
            median = Quantiles.Of(rates, 0.5),
            minimum = rates[0],
            maximum = rates[^1],
            unit = "calls/s",
            medianMicroseconds = Math.Round(median, 1),
            lastPercentMicroseconds = Math.Round(last, 1),
            processorMicroseconds = Math.Round(processor, 1),
            serverPeakResidentBytes = serverPeak,
            peakResidentBytes = ResultLine.PeakResidentBytes(),
        }));
    }

    private sealed record Setting(bool IsDuplex, int Clients, int Connections, int Size, double Seconds, double WarmUp, int Repeats);
}
