using System.Runtime.CompilerServices;
using Federated.Methods.Experiments;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf.Reflection;

namespace Federated.Coordinator.CommandLine;

/// <summary>The runs of a coordinator, asked for over the network.</summary>
internal sealed class RunsClient : IRunsClient
{
    private static readonly ServiceDescriptor Service = RunsReflection.Descriptor.Services[0];
    private static readonly RpcMethod<SubmitRequest, SubmitReply> Submit = RpcMethod.Of<SubmitRequest, SubmitReply>(Service, "Submit");
    private static readonly RpcMethod<ListRequest, ListReply> List = RpcMethod.Of<ListRequest, ListReply>(Service, "List");
    private static readonly RpcMethod<WatchRequest, RunEvent> Watch = RpcMethod.Of<WatchRequest, RunEvent>(Service, "Watch");
    private static readonly RpcMethod<StopRequest, RunInfo> Stop = RpcMethod.Of<StopRequest, RunInfo>(Service, "Stop");

    private readonly CoordinatorAccess access;
    private readonly RpcChannel channel;

    private RunsClient(CoordinatorAccess access, RpcChannel channel)
    {
        this.access = access;
        this.channel = channel;
    }

    /// <summary>A client of the coordinator; nothing is sent yet.</summary>
    /// <exception cref="CoordinatorException">The certificates or the token cannot be read, or the address needs TLS.</exception>
    public static IRunsClient Connect(CoordinatorAccess access) => new RunsClient(access, CoordinatorChannel.Open(access));

    /// <inheritdoc/>
    public Task<SubmitReply> SubmitAsync(SubmitRequest request, CancellationToken cancel) => AskAsync(() => channel.UnaryAsync(Submit, request, null, cancel));

    /// <inheritdoc/>
    public Task<ListReply> ListAsync(CancellationToken cancel) => AskAsync(() => channel.UnaryAsync(List, new ListRequest(), null, cancel));

    /// <inheritdoc/>
    public async Task<RunInfo> StopAsync(StopRequest request, CancellationToken cancel)
    {
        try
        {
            return await channel.UnaryAsync(Stop, request, null, cancel);
        }
        catch (RpcException problem)
        {
            throw await ExplainAsync(problem, request.Run, cancel);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RunEvent> WatchAsync(string run, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using ServerStreamingCall<RunEvent> call = channel.ServerStreaming(Watch, new WatchRequest { Run = run }, null, cancel);
        while (await NextAsync(call, run, cancel) is { } happened)
            yield return happened;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => channel.DisposeAsync();

    private async ValueTask<RunEvent?> NextAsync(ServerStreamingCall<RunEvent> call, string run, CancellationToken cancel)
    {
        try
        {
            return await call.ReadAsync(cancel);
        }
        catch (RpcException problem)
        {
            throw await ExplainAsync(problem, run, cancel);
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (RpcException problem)
        {
            throw CoordinatorFailure.Of(problem, access);
        }
    }

    private async Task<Exception> ExplainAsync(RpcException problem, string run, CancellationToken cancel)
    {
        if (problem.Code is not RpcStatusCode.NotFound)
            return CoordinatorFailure.Of(problem, access);
        ListReply all = await ListAsync(cancel);
        string remedy = all.Runs.Count == 0 ? "it has none: `federated submit FILE` hands one in" : NearestName.Remedy(run, [.. all.Runs.Select(static known => known.Run)]);
        return new CoordinatorException(ExitCode.BadInput, $"the coordinator at {access.Url} has no run '{run}'; {remedy}", problem);
    }
}
