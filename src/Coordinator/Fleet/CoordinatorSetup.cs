using Federated.Coordinator.Grains;
using Federated.Coordinator.Security;
using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Fleet;

/// <summary>What a coordinator serves, where, and to whom.</summary>
internal sealed record CoordinatorSetup
{
    /// <summary>Where nodes and users reach it: <c>http</c> or <c>https</c>, an address or name of this machine, a port; 0 takes a free one.</summary>
    public required Uri Listen { get; init; }

    /// <summary>A second address that serves nothing but <c>grpc.health.v1</c>, without encryption: for probes that have no certificate. Null: none.</summary>
    public Uri? HealthListen { get; init; }

    /// <summary>Who may do what.</summary>
    public required Authenticator Authenticator { get; init; }

    /// <summary>How it speaks TLS, where it listens at <c>https</c>.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>State that outlives the process.</summary>
    public required IGrainStorage Storage { get; init; }

    /// <summary>A scratch folder for what is uploaded.</summary>
    public required string SpoolFolder { get; init; }

    /// <summary>The folder of submitted runs; null where nothing can be submitted.</summary>
    public string? RunsFolder { get; init; }

    /// <summary>Threads of the coordinator's own computations.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>How patient it is with nodes.</summary>
    public FleetOptions Fleet { get; init; } = new();

    /// <summary>Finds the data set of a submitted experiment.</summary>
    public Func<ExperimentSpec, CancellationToken, Task<DataSet>>? FindData { get; init; }

    /// <summary>Shows or logs a sentence for people.</summary>
    public required Action<string> Say { get; init; }

    /// <summary>Measures.</summary>
    public required TimeProvider Time { get; init; }
}
