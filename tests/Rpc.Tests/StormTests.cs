using System.Collections.Concurrent;
using Federated.Engine.Randomness;
using Federated.Protocol.Rpc;
using Federated.RpcKit;
using Federated.Rpc.Tests.V1;
using Google.Protobuf;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>Many calls of all kinds at once, many of which are given up at some point; and bytes that nobody meant to send.</summary>
public sealed class StormTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Calls_that_are_given_up_harm_no_others(ulong seed)
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService(), new RpcServiceOptions { Compression = RpcCompression.Gzip }));
        RpcChannel channel = host.Channel();
        var ends = new ConcurrentBag<string>();

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(async () => ends.Add(await CallAsync(channel, seed, i))))).WaitAsync(Limit);

        Assert.Equal(300, ends.Count);
        Assert.Contains("done", ends);
        Assert.Contains("given up", ends);
        Assert.Equal(["done", "given up"], ends.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(9, (await channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { ResponseBytes = 9 }).WaitAsync(ProbeMethods.Limit)).Payload.Length);
    }

    [Fact]
    public async Task Random_bytes_end_with_a_status()
    {
        await using RpcTestHost host = await RpcTestHost.StartAsync(routes => routes.MapRpcService(ProbeMethods.Service, new ProbeService(), new RpcServiceOptions { LargestRequest = 10_000 }));
        using var client = new RawClient(host.Address);
        string[] paths = [ProbeMethods.Unary.Path, ProbeMethods.Download.Path, ProbeMethods.Upload.Path, ProbeMethods.Talk.Path];
        var statuses = new HashSet<string>(StringComparer.Ordinal);

        for (int i = 0; i < 400; i++)
        {
            var random = new KeyedRandom(new RandomKey(7, RandomPurpose.Synthetic, Step: i));
            byte[] body = RawClient.Frame(0, new ProbeRequest { Payload = Payload(ref random, 300), Responses = 3 }.ToByteArray());
            if (random.Next(3) == 0)
                body = [.. body, .. RawClient.Frame(1, [1, 2, 3])];
            for (int flips = random.Next(4); flips > 0; flips--)
                body[random.Next(body.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0)
                body = body[..random.Next(body.Length + 1)];
            (string, string)[] headers = random.Next(2) == 0 ? [] : [("grpc-encoding", "gzip")];

            RawAnswer answer = await client.PostAsync(paths[i % paths.Length], body, headers: headers);

            Assert.Equal(200, answer.Http);
            Assert.True(answer.Status is not null, $"case {i} of {Convert.ToHexString(body)} ended without a status");
            statuses.Add(answer.Status!);
        }

        // Whole requests, damaged ones, ones that are too long and requests that ask for a status of their own.
        Assert.Contains("0", statuses);
        Assert.Contains("13", statuses);
        Assert.Contains("8", statuses);
    }

    private static async Task<string> CallAsync(RpcChannel channel, ulong seed, int i)
    {
        var random = new KeyedRandom(new RandomKey(seed, RandomPurpose.Synthetic, Client: i));
        ByteString payload = Payload(ref random, random.Next(200_000));
        int messages = 1 + random.Next(12);
        int giveUpAfter = random.Next(3) == 0 ? random.Next(messages) : int.MaxValue;
        bool byDisposing = random.Next(2) == 0;
        int kind = random.Next(4);
        using var cancel = new CancellationTokenSource();
        var options = new RpcCallOptions { Compression = random.Next(2) == 0 ? RpcCompression.Gzip : RpcCompression.None, Timeout = random.Next(2) == 0 ? TimeSpan.FromMinutes(10) : null };
        try
        {
            switch (kind)
            {
                case 0:
                    Task<ProbeResponse> unary = channel.UnaryAsync(ProbeMethods.Unary, new ProbeRequest { Payload = payload }, options, cancel.Token);
                    if (giveUpAfter != int.MaxValue)
                        await cancel.CancelAsync();
                    Assert.Equal(payload, (await unary).Payload);
                    return "done";
                case 1:
                    await using (ServerStreamingCall<ProbeResponse> download = channel.ServerStreaming(ProbeMethods.Download, new ProbeRequest { Payload = payload, Responses = messages }, options, cancel.Token))
                    {
                        for (int n = 0; n < messages; n++)
                        {
                            if (n == giveUpAfter && byDisposing)
                                return "given up";
                            if (n == giveUpAfter)
                                await cancel.CancelAsync();
                            Assert.Equal(payload, (await download.ReadAsync())!.Payload);
                        }

                        Assert.Null(await download.ReadAsync());
                        return "done";
                    }

                case 2:
                    await using (ClientStreamingCall<ProbeRequest, ProbeResponse> upload = channel.ClientStreaming(ProbeMethods.Upload, options, cancel.Token))
                    {
                        for (int n = 0; n < messages; n++)
                        {
                            if (n == giveUpAfter && byDisposing)
                                return "given up";
                            if (n == giveUpAfter)
                                await cancel.CancelAsync();
                            await upload.WriteAsync(new ProbeRequest { Payload = payload });
                        }

                        Assert.Equal((long)messages * payload.Length, (await upload.CompleteAsync()).Count);
                        return "done";
                    }

                default:
                    await using (DuplexCall<ProbeRequest, ProbeResponse> talk = channel.Duplex(ProbeMethods.Talk, options, cancel.Token))
                    {
                        for (int n = 0; n < messages; n++)
                        {
                            if (n == giveUpAfter && byDisposing)
                                return "given up";
                            if (n == giveUpAfter)
                                await cancel.CancelAsync();
                            await talk.WriteAsync(new ProbeRequest { Payload = payload });
                            Assert.Equal(payload, (await talk.ReadAsync())!.Payload);
                        }

                        await talk.CompleteRequestsAsync();
                        Assert.Null(await talk.ReadAsync());
                        return "done";
                    }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return "given up";
        }
    }

    private static ByteString Payload(ref KeyedRandom random, int length)
    {
        var bytes = new byte[length];
        for (int i = 0; i < length; i += 7)
            bytes[i] = (byte)random.NextUInt32();
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }
}
