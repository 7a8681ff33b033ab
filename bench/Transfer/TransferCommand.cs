using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Federated.Bench.Rpc;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;

namespace Federated.Bench.Transfer;

/// <summary>
/// One large blob from file to file between two processes of this machine, down and up, and by how much either process's resident memory grows meanwhile. The source is a sparse file, so that reading it
/// costs no disk; what arrives is written.
/// </summary>
internal static class TransferCommand
{
    private const string Server = "transfer-server";
    private const string Run = "bench";

    // Before anything is measured: both processes have compiled what they need and filled their pools.
    private const long WarmUpBytes = 64L << 20;

    public static Command Create(TimeProvider time)
    {
        var gigabytes = new Option<double>("--gigabytes") { Description = "Length of the blob, in units of 2^30 bytes.", DefaultValueFactory = _ => 4 };
        var folder = new Option<string>("--folder") { Description = "Where the files are made: twice the blob's length has to fit.", DefaultValueFactory = _ => Path.GetTempPath() };
        var command = new Command("transfer", "A large blob from file to file, down and up: bytes a second, and growth of resident memory on both sides.") { gigabytes, folder };
        command.SetAction((result, cancel) => RunAsync((long)(result.GetValue(gigabytes) * (1L << 30)), result.GetValue(folder)!, time, cancel));
        return command;
    }

    /// <summary>The server's process.</summary>
    public static Command CreateServer()
    {
        var folder = new Option<string>("--folder") { Required = true };
        var files = new Option<string[]>("--file") { Required = true };
        var command = new Command(Server, "The server of transfer.") { folder, files };
        command.Hidden = true;
        command.SetAction(async (result, cancel) =>
        {
            var shelf = new FileShelf();
            foreach (string file in result.GetRequiredValue(files))
                shelf.Add(await Blob.FromFileAsync(file, cancel));
            using var spool = new BlobSpool(result.GetRequiredValue(folder));
            var service = new TransferService(shelf, shelf, spool, new TransferOptions(), TimeProvider.System);
            (WebApplication server, Uri address) = await RpcHost.StartAsync(
                server => server.MapRpcService(TransferReflection.Descriptor.Services[0], service, new RpcServiceOptions { LargestRequest = TransferLimits.MaximumMessageBytes }));
            await using (server)
                await ThisProgram.ServeAsync($"{address}");
        });
        return command;
    }

    private static async Task RunAsync(long length, string parent, TimeProvider time, CancellationToken cancel)
    {
        string folder = Directory.CreateDirectory(Path.Combine(parent, $"federated-transfer-{Environment.ProcessId}")).FullName;
        try
        {
            string small = MakeSparse(Path.Combine(folder, "small"), WarmUpBytes), large = MakeSparse(Path.Combine(folder, "large"), length);
            Process server = ThisProgram.Start(Server, "--folder", Path.Combine(folder, "server"), "--file", small, "--file", large);
            try
            {
                BlobDigest smallDigest, largeDigest;
                using (Blob blob = await Blob.FromFileAsync(small, cancel))
                    smallDigest = blob.Digest;
                using (Blob blob = await Blob.FromFileAsync(large, cancel))
                    largeDigest = blob.Digest;
                // It reads its files for their digests before it serves: not within the usual limit.
                var address = new Uri(await server.StandardOutput.ReadLineAsync(cancel) ?? throw new InvalidOperationException("The server ended early."));
                using var spool = new BlobSpool(Path.Combine(folder, "client"));
                await using var channel = new RpcChannel(address, new RpcChannelOptions());
                var client = new TransferClient(new RpcTransferConnection(channel), spool, new TransferOptions(), time);
                await CrossAsync(client, smallDigest, WarmUpBytes, 1, time, cancel);
                long own = Resident(null), others = Resident(server);
                (TimeSpan down, TimeSpan up) = await CrossAsync(client, largeDigest, length, 2, time, cancel);
                Report(length, down, up, Peak(null) - own, Peak(server) - others);
            }
            finally
            {
                ThisProgram.End(server);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(TimeSpan Down, TimeSpan Up)> CrossAsync(TransferClient client, BlobDigest digest, long length, ulong list, TimeProvider time, CancellationToken cancel)
    {
        long start = time.GetTimestamp();
        using Blob blob = await client.FetchAsync(Run, digest, length, length, cancel);
        TimeSpan down = time.GetElapsedTime(start);
        start = time.GetTimestamp();
        await client.UploadAsync(Run, list, blob, cancel);
        return (down, time.GetElapsedTime(start));
    }

    private static string MakeSparse(string path, long length)
    {
        using FileStream file = new(path, FileMode.CreateNew);
        file.SetLength(length);
        return path;
    }

    private static long Resident(Process? process) => Read(process, static found => found.WorkingSet64);

    private static long Peak(Process? process) => Read(process, static found => found.PeakWorkingSet64);

    private static long Read(Process? process, Func<Process, long> read)
    {
        if (process is null)
        {
            using var own = Process.GetCurrentProcess();
            return read(own);
        }

        process.Refresh();
        return read(process);
    }

    private static void Report(long length, TimeSpan down, TimeSpan up, long clientGrowth, long serverGrowth)
    {
        double downRate = length / down.TotalSeconds / 1e9, upRate = length / up.TotalSeconds / 1e9;
        Console.WriteLine(
            $"{length / (double)(1L << 30):F2} GiB: down {down.TotalSeconds:F1} s, {downRate:F3} GB/s; up {up.TotalSeconds:F1} s, {upRate:F3} GB/s; resident memory grew by {clientGrowth / 1048576.0:F1} MiB (client) and {serverGrowth / 1048576.0:F1} MiB (server) at most");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "transfer",
            bytes = length,
            threads = 2,
            median = Math.Round(2 / ((1 / downRate) + (1 / upRate)), 4),
            minimum = Math.Round(Math.Min(downRate, upRate), 4),
            maximum = Math.Round(Math.Max(downRate, upRate), 4),
            unit = "GB/s",
            clientGrowthBytes = clientGrowth,
            serverGrowthBytes = serverGrowth,
            peakResidentBytes = ResultLine.PeakResidentBytes(),
        }));
    }
}
