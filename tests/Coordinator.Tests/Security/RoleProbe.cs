using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Tests.Security;

/// <summary>A service that says who calls: <c>List</c> is for users, <c>Submit</c> for nodes.</summary>
internal sealed class RoleProbe(Authenticator authenticator)
{
    public Task<ListReply> ListAsync(ListRequest request, ServerCall call) =>
        Task.FromResult(new ListReply { Nodes = { new NodeInfo { Node = authenticator.Require(call, Role.User).Name ?? "" } } });

    public Task<SubmitReply> SubmitAsync(SubmitRequest request, ServerCall call) =>
        Task.FromResult(new SubmitReply { Run = new RunInfo { Run = authenticator.Require(call, Role.Node).Name ?? "" } });

    public Task WatchAsync(WatchRequest request, IRpcWriter<RunEvent> events, ServerCall call) => throw new RpcException(RpcStatusCode.Unimplemented, "not here");

    public Task<RunInfo> StopAsync(StopRequest request, ServerCall call) => throw new RpcException(RpcStatusCode.Unimplemented, "not here");
}
