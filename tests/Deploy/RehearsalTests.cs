using System.Text.Json;
using System.Text.Json.Nodes;
using Federated.Deploy.Tests.Kubernetes;
using Federated.EndToEnd;
using Federated.Protocol.Rpc;
using Federated.Protocol.Rpc.Health.V1;
using Xunit;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Deploy.Tests;

/// <summary>What the manifests start, without the cluster: their commands with their secrets, probed as the kubelet probes.</summary>
[Collection(Installations.Collection)]
public sealed class RehearsalTests(Installations installations) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly string[] Experiment =
        [Repository.At("experiments", "quickstart.yaml"), "--set", "data.set=synthetic", "--set", "model.width=0.0625", "--set", "rounds=1"];

    private static readonly RpcMethod<HealthCheckRequest, HealthCheckResponse> Watch = RpcMethod.Of<HealthCheckRequest, HealthCheckResponse>(HealthReflection.Descriptor.Services[0], "Watch");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("federated-test-");

    public void Dispose() => folder.Delete(recursive: true);

    [FactWhenKubectl]
    public async Task The_commands_of_the_manifests_make_a_fleet_that_becomes_ready_trains_and_ends_when_it_is_asked_to()
    {
        Container coordinator = Assert.Single(installations["local"].Component("coordinator").Containers);
        Container node = Assert.Single(installations["local"].Component("node").Containers);
        using FederatedProcess serve = FederatedProcess.Start(Command(coordinator, []));
        Uri address = await AddressAsync(serve, "listening at ");
        Uri coordinatorHealth = await AddressAsync(serve, "health checks at ");
        await ServingAsync(coordinatorHealth, coordinator, serve);

        // The certificate is for the service's name in the cluster; here it is reached as what else it is for.
        string url = $"https://localhost:{address.Port}";
        Assert.Contains(installations["local"].OfKind("ConfigMap"), static map => new Uri(map.Content["data"]!["coordinator"]!.GetValue<string>()).Host == "federated-coordinator");
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["FEDERATED_COORDINATOR"] = url, ["POD_NAME"] = "federated-node-5d8c7b9f4-x2k7q", ["SLOTS"] = "1" };
        using FederatedProcess worker = FederatedProcess.Start(Command(node, environment));
        Uri nodeHealth = await AddressAsync(worker, "health checks at ");
        await ServingAsync(nodeHealth, node, worker);

        ProcessResult submitted = await FederatedProcess.RunAsync(
            ["submit", .. Experiment, "--watch", "--coordinator", url, "--ca", Certificate("ca.crt"), "--cert", Certificate("me.crt"), "--key", Certificate("me.key")]);
        Assert.True(submitted.ExitCode == 0, $"{submitted.Output}\n{submitted.Error}\n{serve.Written}\n{worker.Written}");
        string alone = Path.Combine(folder.FullName, "alone");
        ProcessResult ran = await FederatedProcess.RunAsync(["run", .. Experiment, "--out", alone]);
        Assert.True(ran.ExitCode == 0, ran.Error);
        Assert.Equal(ModelOf(alone), ModelOf(Path.Combine(folder.FullName, "coordinator", "runs", "quickstart")));

        worker.Terminate();
        Assert.Equal(0, (await worker.EndAsync()).ExitCode);
        serve.Terminate();
        Assert.Equal(0, (await serve.EndAsync()).ExitCode);
    }

    private string Certificate(string name) => Path.Combine(installations.CertificateFolder, name);

    private static string? ModelOf(string run)
    {
        using JsonDocument summary = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "summary.json")));
        return summary.RootElement.GetProperty("modelSha256").GetString();
    }

    /// <summary>What a container is started with, here: its volumes are folders, and it listens at free ports of the loopback.</summary>
    private string[] Command(Container container, Dictionary<string, string> environment)
    {
        string component = container.Pod.Labels["app.kubernetes.io/component"];
        Dictionary<string, string> places = container.Mounts.ToDictionary(static mount => mount.Key, mount => Volume(container, component, mount.Value["name"]!.GetValue<string>()), StringComparer.Ordinal);
        return
        [
            .. container.Arguments.Select(argument =>
            {
                if (places.Keys.FirstOrDefault(mounted => $"{argument}/".Contains($"={mounted}/", StringComparison.Ordinal)) is { } place)
                    argument = argument.Replace($"={place}", $"={places[place]}", StringComparison.Ordinal);
                foreach ((string name, string value) in environment)
                    argument = argument.Replace($"$({name})", value, StringComparison.Ordinal);
                return argument.Replace("//0.0.0.0:7070", "//127.0.0.1:0", StringComparison.Ordinal).Replace("//0.0.0.0:7071", "//127.0.0.1:0", StringComparison.Ordinal);
            }),
        ];
    }

    private string Volume(Container container, string component, string name)
    {
        string place = Directory.CreateDirectory(Path.Combine(folder.FullName, component, name)).FullName;
        if (container.Pod.Volumes[name]["secret"] is not JsonObject secret)
            return place;
        JsonObject data = installations["local"].OfKind("Secret").Single(made => made.Name == secret["secretName"]!.GetValue<string>()).Content["data"]!.AsObject();
        foreach ((string key, JsonNode? content) in data)
        {
            string file = Path.Combine(place, key);
            File.WriteAllBytes(file, Convert.FromBase64String(content!.GetValue<string>()));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, (UnixFileMode)secret["defaultMode"]!.GetValue<long>());
        }

        return place;
    }

    private static async Task<Uri> AddressAsync(FederatedProcess process, string introduction)
    {
        string line = await process.LineAsync(line => line.Contains(introduction, StringComparison.Ordinal));
        return new Uri(line.Split(introduction)[1].Split(';', ' ')[0]);
    }

    /// <summary>All that the container's probes ask for is serving, or becomes so.</summary>
    private static async Task ServingAsync(Uri health, Container container, FederatedProcess process)
    {
        Assert.True(health.IsLoopback);
        await using RpcChannel channel = new(health);
        foreach (string probe in new[] { "startupProbe", "readinessProbe", "livenessProbe" })
        {
            string service = container.Content[probe]!["grpc"]!["service"]?.GetValue<string>() ?? "";
            await using ServerStreamingCall<HealthCheckResponse> watch = channel.ServerStreaming(Watch, new HealthCheckRequest { Service = service });
            try
            {
                while (await watch.ReadAsync().AsTask().WaitAsync(Limit) is { Status: not ServingStatus.Serving })
                {
                    // The next message is the next status.
                }
            }
            catch (TimeoutException exception)
            {
                throw new TimeoutException($"{container}: '{service}' was not serving after {Limit.TotalMinutes} minutes\n{process.Written}", exception);
            }
        }
    }
}
