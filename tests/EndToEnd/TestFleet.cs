using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Federated.EndToEnd;

/// <summary>A coordinator and its nodes as processes of their own, through the real command line, that can be killed and started again.</summary>
/// <param name="folder">Where the coordinator keeps its runs.</param>
internal sealed partial class TestFleet(string folder) : IAsyncDisposable
{
    private readonly List<FederatedProcess> processes = [];

    /// <summary>Options of <c>serve</c> besides where it listens and keeps runs.</summary>
    public IReadOnlyList<string> ServeOptions { get; init; } = [];

    /// <summary>How commands and nodes say who they are; the name is the node's, or null for a user.</summary>
    public Func<string?, IReadOnlyList<string>> Credentials { get; init; } = static _ => [];

    /// <summary>The scheme that is spoken.</summary>
    public string Scheme { get; init; } = "http";

    /// <summary>Where the coordinator listens; the same after it is started again.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The runs' folder.</summary>
    public string Runs => Path.Combine(folder, "runs");

    /// <summary>The coordinator that was started last.</summary>
    public FederatedProcess Coordinator { get; private set; } = null!;

    /// <summary>Starts the coordinator, or starts it again at the same address, and waits until it listens.</summary>
    public async Task StartCoordinatorAsync(string? fault = null)
    {
        LaunchCoordinator(fault);
        string line = await Coordinator.LineAsync(line => Listening().IsMatch(line));
        Url = Listening().Match(line).Groups["url"].Value;
    }

    /// <summary>Starts the coordinator without waiting for it: it may be about to die.</summary>
    public FederatedProcess LaunchCoordinator(string? fault = null)
    {
        string listen = Url.Length > 0 ? Url : $"{Scheme}://127.0.0.1:{FreePort().ToString(CultureInfo.InvariantCulture)}";
        Url = listen;
        Coordinator = Start(["serve", "--listen", listen, "--runs", Runs, "--workers", "1", .. ServeOptions], fault);
        return Coordinator;
    }

    /// <summary>Starts a node of one slot.</summary>
    public FederatedProcess StartNode(string name, string? fault = null) =>
        Start(["node", "--coordinator", Url, "--name", name, "--slots", "1", .. Credentials(name)], fault);

    /// <summary>Runs a command that speaks to the coordinator, to its end.</summary>
    public Task<ProcessResult> RunAsync(params string[] arguments) => FederatedProcess.RunAsync([.. arguments, "--coordinator", Url, .. Credentials(null)]);

    /// <summary>Starts a command that speaks to the coordinator.</summary>
    public FederatedProcess Begin(params string[] arguments) => Start([.. arguments, "--coordinator", Url, .. Credentials(null)], null);

    /// <summary>What all processes have written, for the message of a failure.</summary>
    public string Written() => string.Join('\n', processes.Select(static process => process.Written));

    public async ValueTask DisposeAsync()
    {
        foreach (FederatedProcess process in processes)
            process.Dispose();
        await Task.CompletedTask;
    }

    private FederatedProcess Start(IReadOnlyList<string> arguments, string? fault)
    {
        FederatedProcess process = FederatedProcess.Start(
            arguments, fault is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["FEDERATED_FAULT"] = fault });
        processes.Add(process);
        return process;
    }

    // A port that the system has just given and taken back: a coordinator that dies before it says where it listens must be found again.
    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [GeneratedRegex(@"listening at (?<url>https?://\S+?)[;,]?(\s|$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Listening();
}
