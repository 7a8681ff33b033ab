using Federated.Coordinator.Grains;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Security;
using Federated.Methods.Experiments;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Submitting, listing, watching and stopping runs (runs.proto).</summary>
internal sealed class RunsService(RunHost host, IGrains grains, Authenticator authenticator)
{
    /// <summary>Takes an experiment.</summary>
    public async Task<SubmitReply> SubmitAsync(SubmitRequest request, ServerCall call)
    {
        authenticator.Require(call, Role.User);
        (RunInfo run, bool existed) = await TypedAsync(() => host.SubmitAsync(request.Experiment, request.Run, call.Cancel));
        return new SubmitReply { Run = run, Existed = existed };
    }

    /// <summary>All runs and nodes.</summary>
    public async Task<ListReply> ListAsync(ListRequest request, ServerCall call)
    {
        authenticator.Require(call, Role.User);
        var reply = new ListReply();
        reply.Runs.AddRange(await TypedAsync(host.ListAsync));
        foreach (FleetMember member in await grains.Get<IFleetGrain>(IFleetGrain.OnlyKey).NodesAsync())
            reply.Nodes.Add(await DescribeAsync(member));
        return reply;
    }

    /// <summary>What happens in a run.</summary>
    public async Task WatchAsync(WatchRequest request, IRpcWriter<RunEvent> events, ServerCall call)
    {
        authenticator.Require(call, Role.User);
        await foreach (RunEvent happened in await TypedAsync(() => host.WatchAsync(request.Run, call.Cancel)))
            await events.WriteAsync(happened, call.Cancel);
    }

    /// <summary>Ends a run.</summary>
    public async Task<RunInfo> StopAsync(StopRequest request, ServerCall call)
    {
        authenticator.Require(call, Role.User);
        return await TypedAsync(() => host.StopAsync(request.Run, request.Abort));
    }

    private static async Task<T> TypedAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception problem) when (StatusOf(problem) is { } code)
        {
            throw new RpcException(new RpcStatus(code, problem.Message));
        }
    }

    private static RpcStatusCode? StatusOf(Exception problem) => problem switch
    {
        ExperimentFileException or ExperimentException => RpcStatusCode.InvalidArgument,
        UnknownRunException => RpcStatusCode.NotFound,
        RunConflictException => RpcStatusCode.AlreadyExists,
        RunFolderException => RpcStatusCode.FailedPrecondition,
        _ => null,
    };

    private async Task<NodeInfo> DescribeAsync(FleetMember member)
    {
        NodeState state = (await grains.Get<INodeGrain>(member.Node).DescribeAsync()).State;
        return new NodeInfo
        {
            Node = member.Node,
            Connected = member.Session is not null,
            Slots = (uint)state.Slots,
            Release = state.Release,
            ClientsDone = (ulong)state.ClientsDone,
            AnswersRefused = (ulong)state.AnswersRefused,
        };
    }
}
