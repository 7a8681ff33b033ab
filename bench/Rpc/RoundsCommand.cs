using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Federated.Bench.Rpc.Messages;
using Federated.Protocol.Rpc;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Microsoft.AspNetCore.Builder;

namespace Federated.Bench.Rpc;

/// <summary>
/// Rounds of federated learning without the learning: the server, this process, sends a model to every client and waits for all answers, which are as large; the clients are in other processes, each with
/// its own connection and its own stream. A round ends with the last answer.
/// </summary>
internal static class RoundsCommand
{
    private static readonly TimeSpan Joining = TimeSpan.FromSeconds(60);

    public static Command Create(TimeProvider time)
    {
        var clients = new Option<int>("--clients") { Description = "Clients, each with its own connection.", DefaultValueFactory = _ => 1000 };
        var size = new Option<int>("--size") { Description = "Bytes down and up.", DefaultValueFactory = _ => 10_240 };
        var processes = new Option<int>("--processes") { Description = "Processes that the clients are spread over.", DefaultValueFactory = _ => 1 };
        var warmUp = new Option<double>("--warm-up") { Description = "Seconds before the first timed round.", DefaultValueFactory = _ => 2 };
        var seconds = new Option<double>("--seconds") { Description = "Seconds of timed rounds.", DefaultValueFactory = _ => 10 };
        var minutes = new Option<double?>("--minutes") { Description = "The same in minutes, to see that memory stays where it is." };
        var repeats = new Option<int>("--repeats") { Description = "Parts that the time is split into, for the median of the rates.", DefaultValueFactory = _ => 5 };
        var command = new Command("rpc-rounds", "Client-rounds a second over gRPC with many clients.") { clients, size, processes, warmUp, seconds, minutes, repeats };
        command.SetAction((result, cancel) => RunAsync(
            new Setting(
                result.GetValue(clients), result.GetValue(size), result.GetValue(processes), TimeSpan.FromSeconds(result.GetValue(warmUp)),
                result.GetValue(minutes) is { } length ? TimeSpan.FromMinutes(length) : TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(repeats)),
            time,
            cancel));
        return command;
    }

    private static async Task RunAsync(Setting setting, TimeProvider time, CancellationToken cancel)
    {
        var service = new RoundsService(setting.Clients);
        (WebApplication server, Uri address) = await RpcHost.StartAsync(server => server.MapRpcService(
            BenchReflection.Descriptor.FindTypeByName<ServiceDescriptor>("Rounds"), service, new RpcServiceOptions { LargestRequest = setting.Size + 1024 }));
        await using WebApplication running = server;
        Process[] processes =
        [
            .. Enumerable.Range(0, setting.Processes).Select(i => ThisProgram.Start(
                RoundsClients.Name, "--address", $"{address}", "--clients", $"{(setting.Clients * (i + 1) / setting.Processes) - (setting.Clients * i / setting.Processes)}")),
        ];
        try
        {
            await service.Everyone.WaitAsync(Joining, time, cancel);
            RoundsMeter meter = await MeasureAsync(setting, service, processes, time, cancel);
            Report(setting, service, meter);
        }
        finally
        {
            service.End();
            foreach (Process process in processes)
                ThisProgram.End(process);
        }
    }

    private static async Task<RoundsMeter> MeasureAsync(Setting setting, RoundsService service, Process[] clients, TimeProvider time, CancellationToken cancel)
    {
        ByteString body = UnsafeByteOperations.UnsafeWrap(new byte[setting.Size]);
        uint number = 0;
        long start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < setting.WarmUp)
            await service.RunRoundAsync(new RoundMessage { Round = ++number, Body = body }).WaitAsync(cancel);

        var meter = new RoundsMeter(setting.Length, setting.Repeats);
        double spent = Environment.CpuUsage.TotalTime.TotalSeconds;
        double spentByClients = ProcessorSeconds(clients);
        start = time.GetTimestamp();
        for (TimeSpan now = TimeSpan.Zero; now < setting.Length;)
        {
            await service.RunRoundAsync(new RoundMessage { Round = ++number, Body = body }).WaitAsync(cancel);
            TimeSpan before = now;
            now = time.GetElapsedTime(start);
            meter.Note(before, now);
        }

        meter.ProcessorSeconds = Environment.CpuUsage.TotalTime.TotalSeconds - spent;
        meter.ClientProcessorSeconds = ProcessorSeconds(clients) - spentByClients;
        return meter;
    }

    private static double ProcessorSeconds(Process[] processes) => processes.Sum(static process =>
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    });

    private static void Report(Setting setting, RoundsService service, RoundsMeter meter)
    {
        double[] rates = [.. meter.RoundsPerSecond().Select(rate => rate * setting.Clients).Order()];
        double[] rounds = [.. meter.Milliseconds.Order()];
        Console.WriteLine(
            $"{setting.Clients:N0} clients, {setting.Size:N0} bytes: {Quantiles.Of(rates, 0.5):N0} client-rounds/s; {rounds.Length:N0} rounds, each {Quantiles.Of(rounds, 0.5):F1} ms, "
            + $"95 % below {Quantiles.Of(rounds, 0.95):F1}, 99 % below {Quantiles.Of(rounds, 0.99):F1}; {service.Errors} errors");
        double clientRounds = (double)setting.Clients * rounds.Length;
        double serverMicroseconds = 1e6 * meter.ProcessorSeconds / clientRounds;
        double clientMicroseconds = 1e6 * meter.ClientProcessorSeconds / clientRounds;
        Console.WriteLine($"  processor for a client-round: server {serverMicroseconds:F1} µs, client {clientMicroseconds:F1} µs");
        Console.WriteLine($"  server's resident memory in MB, from the first timed round to the last: {string.Join(' ', meter.Resident.Select(static bytes => $"{bytes / 1e6:F0}"))}");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "rpc-rounds",
            clients = setting.Clients,
            size = setting.Size,
            processes = setting.Processes,
            threads = 2,
            repeats = setting.Repeats,
            median = Math.Round(Quantiles.Of(rates, 0.5), 1),
            minimum = Math.Round(rates[0], 1),
            maximum = Math.Round(rates[^1], 1),
            unit = "client-rounds/s",
            rounds = rounds.Length,
            medianMilliseconds = Math.Round(Quantiles.Of(rounds, 0.5), 2),
            lastTwentiethMilliseconds = Math.Round(Quantiles.Of(rounds, 0.95), 2),
            lastPercentMilliseconds = Math.Round(Quantiles.Of(rounds, 0.99), 2),
            longestMilliseconds = Math.Round(rounds[^1], 2),
            serverMicroseconds = Math.Round(serverMicroseconds, 1),
            clientMicroseconds = Math.Round(clientMicroseconds, 1),
            errors = service.Errors,
            // The first tenth fills what is given once; from then on it should stay where it is.
            residentGrowthBytes = meter.GrowthAfterFirstTenth,
            peakResidentBytes = ResultLine.PeakResidentBytes(),
        }));
    }

    private sealed record Setting(int Clients, int Size, int Processes, TimeSpan WarmUp, TimeSpan Length, int Repeats);
}
