using System.Security.Cryptography;
using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Coordinator.Tests.Split;

/// <summary>Openings of split sessions, and how they end.</summary>
internal static class SplitOpenings
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static SplitOpening Of(string node, string run = "run", ulong list = 1) => new()
    {
        Protocol = ProtocolVersion.Current,
        Run = run,
        Task = "train",
        Node = node,
        List = list,
        Attempt = 1,
        ServerForm = new PayloadForm { Sha256 = ByteString.CopyFrom(SHA256.HashData([1])), Length = 1 },
    };

    /// <summary>The status that ends a session right after its opening.</summary>
    public static async Task<RpcStatus> EndAsync(Uri host, RpcChannelOptions options, SplitOpening opening)
    {
        await using RpcChannel channel = new(host, options);
        await using DuplexCall<SplitRequest, SplitReply> call = new SplitClient(channel).Open(CancellationToken.None);
        try
        {
            await call.WriteAsync(new SplitRequest { Open = opening }).AsTask().WaitAsync(Limit);
            SplitReply? reply = await call.ReadAsync().AsTask().WaitAsync(Limit);
            return new RpcStatus(RpcStatusCode.Ok, reply?.ToString() ?? "");
        }
        catch (RpcException end)
        {
            return end.Status;
        }
    }
}
