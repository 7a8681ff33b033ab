using Federated.Protocol.Rpc;
using Federated.Protocol.Rpc.Reflection.V1;
using Federated.RpcKit;
using Google.Protobuf.Reflection;
using Xunit;

namespace Federated.Rpc.Tests;

/// <summary>grpc.reflection.v1: what a tool sees of a server.</summary>
public sealed class ReflectionTests : IAsyncLifetime
{
    private static readonly RpcMethod<ServerReflectionRequest, ServerReflectionResponse> Info =
        RpcMethod.Of<ServerReflectionRequest, ServerReflectionResponse>(ReflectionReflection.Descriptor.Services[0], "ServerReflectionInfo");

    private RpcTestHost host = null!;

    public async Task InitializeAsync() => host = await RpcTestHost.StartAsync(routes =>
    {
        routes.MapRpcReflection();
        routes.MapRpcHealth(new HealthService());
        routes.MapRpcService(ProbeMethods.Service, new ProbeService());
    });

    public async Task DisposeAsync() => await host.DisposeAsync();

    [Fact]
    public async Task Lists_all_services()
    {
        ServerReflectionResponse response = await AskAsync(new ServerReflectionRequest { ListServices = "*", Host = "here" });

        Assert.Equal(["federated.rpc.tests.Probe", "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"], response.ListServicesResponse.Service.Select(service => service.Name).Order(StringComparer.Ordinal));
        Assert.Equal("here", response.ValidHost);
        Assert.Equal("*", response.OriginalRequest.ListServices);
    }

    [Theory]
    [InlineData("federated.rpc.tests.Probe")]
    [InlineData("federated.rpc.tests.Probe.Unary")]
    [InlineData("federated.rpc.tests.ProbeRequest")]
    [InlineData("federated.rpc.tests.ProbeRequest.payload")]
    public async Task Finds_the_file_of_a_symbol(string symbol)
    {
        ServerReflectionResponse response = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = symbol });

        FileDescriptorProto file = FileDescriptorProto.Parser.ParseFrom(Assert.Single(response.FileDescriptorResponse.FileDescriptorProto));
        Assert.Equal("probe.proto", file.Name);
        Assert.Equal("Probe", Assert.Single(file.Service).Name);
    }

    [Fact]
    public async Task Finds_nested_types_and_files()
    {
        ServerReflectionResponse nested = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "grpc.health.v1.HealthCheckResponse.ServingStatus" });
        ServerReflectionResponse named = await AskAsync(new ServerReflectionRequest { FileByFilename = "grpc/health/v1/health.proto" });

        Assert.Equal(named.FileDescriptorResponse, nested.FileDescriptorResponse);
    }

    [Fact]
    public async Task What_is_not_known_is_said_so()
    {
        ServerReflectionResponse symbol = await AskAsync(new ServerReflectionRequest { FileContainingSymbol = "no.such.Thing" });
        ServerReflectionResponse file = await AskAsync(new ServerReflectionRequest { FileByFilename = "no.proto" });
        ServerReflectionResponse extension = await AskAsync(new ServerReflectionRequest { FileContainingExtension = new ExtensionRequest { ContainingType = "a.B", ExtensionNumber = 1 } });
        ServerReflectionResponse nothing = await AskAsync(new ServerReflectionRequest());

        Assert.Equal([5, 5, 5, 3], new[] { symbol, file, extension, nothing }.Select(response => response.ErrorResponse.ErrorCode));
    }

    [Fact]
    public async Task Answers_under_the_old_name_too()
    {
        using var client = new RawClient(host.Address);

        RawAnswer answer = await client.PostAsync("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", RawClient.Frame(0, [0x3a, 1, (byte)'*']));

        Assert.Equal("0", answer.Status);
        Assert.Equal(3, ServerReflectionResponse.Parser.ParseFrom(answer.Body, 5, answer.Body.Length - 5).ListServicesResponse.Service.Count);
    }

    private async Task<ServerReflectionResponse> AskAsync(ServerReflectionRequest request)
    {
        await using DuplexCall<ServerReflectionRequest, ServerReflectionResponse> call = host.Channel().Duplex(Info);
        await call.WriteAsync(request).AsTask().WaitAsync(ProbeMethods.Limit);
        ServerReflectionResponse? response = await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit);
        await call.CompleteRequestsAsync();
        Assert.Null(await call.ReadAsync().AsTask().WaitAsync(ProbeMethods.Limit));
        return response!;
    }
}
