using Federated.Protocol.Rpc;
using Federated.Rpc.Tests.V1;
using Google.Protobuf.Reflection;

namespace Federated.Rpc.Tests;

internal static class ProbeMethods
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static readonly ServiceDescriptor Service = ProbeReflection.Descriptor.Services[0];

    public static readonly RpcMethod<ProbeRequest, ProbeResponse> Unary = RpcMethod.Of<ProbeRequest, ProbeResponse>(Service, "Unary");
    public static readonly RpcMethod<ProbeRequest, ProbeResponse> Download = RpcMethod.Of<ProbeRequest, ProbeResponse>(Service, "Download");
    public static readonly RpcMethod<ProbeRequest, ProbeResponse> Upload = RpcMethod.Of<ProbeRequest, ProbeResponse>(Service, "Upload");
    public static readonly RpcMethod<ProbeRequest, ProbeResponse> Talk = RpcMethod.Of<ProbeRequest, ProbeResponse>(Service, "Talk");
}
