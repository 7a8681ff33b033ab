using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// The streams of nodes (fleet.proto): checks who is there, passes what nodes say to the dispatcher, and writes what it has for them. A stream holds no state of a run; when it
/// breaks, nothing is lost but the stream.
/// </summary>
internal sealed class FleetService(FleetDispatcher dispatcher, Authenticator authenticator, FleetOptions options, TimeProvider time)
{
    private static readonly RpcStatus TooSilent = new(RpcStatusCode.DeadlineExceeded, "nothing was heard of the node for too long: the stream is ended, the node may join again");

    /// <summary>One stream of one node, to its end.</summary>
    public async Task JoinAsync(IRpcReader<NodeMessage> requests, IRpcWriter<CoordinatorMessage> responses, ServerCall call)
    {
        Identity identity = authenticator.Require(call, Role.Node);
        using var silence = new CancellationTokenSource(options.Silence, time);
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel, silence.Token);
        Registration registration = await RegisterAsync(requests, identity, silence, over.Token);
        using var stream = new NodeStream(registration);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stream.Ended);
        await dispatcher.EnterAsync(stream, ended.Token);
        Task writing = WriteAsync(stream, responses, ended);
        try
        {
            await ReadAsync(stream, requests, silence, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested && !call.Cancel.IsCancellationRequested)
        {
            // The coordinator ended it; the status below says why.
        }
        finally
        {
            stream.Complete();
            await dispatcher.LeaveAsync(stream);
            await writing;
        }

        if (stream.Reason is { } reason)
            throw new RpcException(reason);
        if (silence.IsCancellationRequested)
            throw new RpcException(TooSilent);
    }

    private static async Task<Registration> RegisterAsync(IRpcReader<NodeMessage> requests, Identity identity, CancellationTokenSource silence, CancellationToken over)
    {
        NodeMessage? first;
        try
        {
            first = await requests.ReadAsync(over);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested)
        {
            throw new RpcException(TooSilent);
        }

        RegistrationCheck.Require(first?.Registration);
        Registration registration = first!.Registration;
        identity.RequireName(registration.Node);
        return registration;
    }

    private async Task ReadAsync(NodeStream stream, IRpcReader<NodeMessage> requests, CancellationTokenSource silence, CancellationToken ended)
    {
        while (await requests.ReadAsync(ended) is { } message)
        {
            silence.CancelAfter(options.Silence);
            if (NodeMessageCheck.FaultOf(message) is { } fault)
            {
                stream.End(new RpcStatus(RpcStatusCode.InvalidArgument, fault));
                return;
            }

            // The dispatcher's queue is short: a node that talks faster than is listened to has to wait.
            await dispatcher.HearAsync(stream, message, ended);
        }
    }

    // Ends quietly: that the stream cannot be written to shows in its reading, too.
    private static async Task WriteAsync(NodeStream stream, IRpcWriter<CoordinatorMessage> responses, CancellationTokenSource ended)
    {
        try
        {
            await foreach (CoordinatorMessage message in stream.Outgoing.ReadAllAsync(ended.Token))
                await responses.WriteAsync(message, ended.Token);
        }
        catch (Exception problem) when (problem is OperationCanceledException or IOException or RpcException)
        {
            await ended.CancelAsync();
        }
    }
}
