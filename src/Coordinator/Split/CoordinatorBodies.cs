using Federated.ClientNode.Splitting;
using Federated.Coordinator.Fleet;
using Federated.Coordinator.Security;
using Federated.Methods.Clients;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Split;

/// <summary>The body that the coordinator runs for clients on its nodes: that of the phase under way. Written by the exchange between phases, asked by the split service at any time.</summary>
internal sealed class CoordinatorBodies(Authenticator authenticator, UploadInbox inbox) : ISplitLibrary
{
    private readonly Lock gate = new();
    private Offered? offered;

    /// <summary>Told of a body whose sessions are not wanted any more.</summary>
    public Action<ISplitBody>? Forgotten { get; set; }

    /// <summary>Told of a list that a node is to work on no more.</summary>
    public Action<ulong, string>? Withdrawn { get; set; }

    /// <summary>From now on this is the body. One that has not changed since the phase before keeps its memory.</summary>
    /// <param name="run">The run.</param>
    /// <param name="context">The experiment.</param>
    /// <param name="form">The server's form of the task.</param>
    /// <param name="bytes">Its bytes.</param>
    public void Offer(string run, ExperimentContext context, PayloadForm form, ReadOnlyMemory<byte> bytes)
    {
        Offered? before;
        lock (gate)
        {
            before = offered;
            if (before is not null && before.IsOf(run, form))
                return;
            offered = new Offered(run, form, new ExperimentBody(context, bytes));
        }

        if (before is not null)
            Forgotten?.Invoke(before.Body);
    }

    /// <summary>There is no body any more.</summary>
    public void Clear()
    {
        Offered? before;
        lock (gate)
            (before, offered) = (offered, null);
        if (before is not null)
            Forgotten?.Invoke(before.Body);
    }

    /// <inheritdoc/>
    public void Require(SplitOpening opening, ServerCall call)
    {
        authenticator.Require(call, Role.Node).RequireName(opening.Node);
        if (!inbox.IsExpected(opening.Run, opening.List, opening.Node))
            throw new RpcException(RpcStatusCode.FailedPrecondition, $"list {opening.List} of run {opening.Run} is not handed out to {opening.Node}: its clients are not wanted any more");
    }

    /// <inheritdoc/>
    public Task<ISplitBody> FindAsync(SplitOpening opening, CancellationToken cancel)
    {
        lock (gate)
        {
            return offered is { } now && now.IsOf(opening.Run, opening.ServerForm)
                ? Task.FromResult<ISplitBody>(now.Body)
                : throw new RpcException(RpcStatusCode.FailedPrecondition, "the server's form of the task is not that of the phase under way: the client is not wanted any more");
        }
    }

    private sealed record Offered(string Run, PayloadForm Form, ExperimentBody Body)
    {
        public bool IsOf(string run, PayloadForm form) => string.Equals(Run, run, StringComparison.Ordinal) && Form.Sha256.Equals(form.Sha256);
    }
}
