using Federated.Methods.Splitting;
using Federated.Protocol.Faults;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>
/// Runs the server's part of split models for clients on other machines (split.proto). A stream is only the way to a session: when it breaks, the session stays for a while. One message of a session is here at a
/// time: what a node sends ahead stays with it.
/// </summary>
/// <param name="library">What can be run, and for whom.</param>
/// <param name="options">How it is shared out.</param>
public sealed class SplitService(ISplitLibrary library, SplitHostOptions options) : IDisposable
{
    private static readonly RpcStatus Finished = new(RpcStatusCode.Ok, "");

    private readonly SplitSessionTable table = new(options);

    /// <summary>The sessions.</summary>
    internal SplitSessionTable Table => table;

    /// <summary>How the service is to be served: with messages as large as a payload can be.</summary>
    public static RpcServiceOptions ServedWith(RpcServiceOptions service) => service with { LargestRequest = SplitHostOptions.LargestMessage, LargestResponse = SplitHostOptions.LargestMessage };

    /// <summary>The sessions of these clients are not wanted any more: their list was taken back, their run or round is over.</summary>
    public void EndWhere(Predicate<SplitKey> isOver, string why) => table.EndWhere(isOver, new RpcStatus(RpcStatusCode.FailedPrecondition, why));

    /// <summary>The body is not wanted any more: its sessions end, and its memory is given back.</summary>
    public void Forget(ISplitBody body, string why) => table.Forget(body, new RpcStatus(RpcStatusCode.FailedPrecondition, why));

    /// <summary>One stream of one session.</summary>
    public async Task OpenAsync(IRpcReader<SplitRequest> requests, IRpcWriter<SplitReply> responses, ServerCall call)
    {
        SplitOpening opening = SplitCheck.Require(await requests.ReadAsync(call.Cancel));
        library.Require(opening, call);
        ISplitBody body = await library.FindAsync(opening, call.Cancel);
        using var stream = new SplitStream();
        (HostedSession session, int next, Task<ByteString>? owed) = table.Attach(opening, body, stream);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel, stream.Ended);
        try
        {
            await responses.WriteAsync(new SplitReply { Opened = new SplitOpened { Next = (uint)next } }, ended.Token);
            if (owed is not null)
                await AnswerAsync(session, next - 1, owed, responses, ended.Token);
            while (await requests.ReadAsync(ended.Token) is { } request)
            {
                (SplitMessage message, SplitLeg leg) = SplitCheck.RequireMessage(request);
                await AnswerAsync(session, (int)message.Number, table.Accept(session, stream, message, leg), responses, ended.Token);
            }

            table.End(session, Finished);
        }
        catch (OperationCanceledException) when (stream.Reason is { } reason && !call.Cancel.IsCancellationRequested)
        {
            throw new RpcException(reason);
        }
        finally
        {
            table.Detach(session, stream);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => table.Dispose();

    private async Task AnswerAsync(HostedSession session, int number, Task<ByteString> computing, IRpcWriter<SplitReply> responses, CancellationToken ended)
    {
        ByteString reply;
        try
        {
            reply = await computing.WaitAsync(ended);
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            RpcStatus? known = SplitFailures.Of(problem);
            if (known is null)
                options.Notice?.Invoke($"a message of {session.Key} could not be computed: {problem}");
            RpcStatus status = known ?? new RpcStatus(RpcStatusCode.Internal, "the host could not compute the message; see its log");
            table.End(session, status);
            throw new RpcException(status);
        }

        FaultPoint.Reach(FaultPoints.BodyMessageComputed);
        await responses.WriteAsync(new SplitReply { Answer = new SplitAnswer { Number = (uint)number, Payload = reply } }, ended);
        FaultPoint.Reach(FaultPoints.BodyReplySent);
    }
}
