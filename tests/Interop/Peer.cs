using System.Diagnostics;
using Federated.TestKit;

namespace Federated.Interop;

/// <summary>A foreign implementation of gRPC: how its test server and its test client are started, and what is missing where they cannot be.</summary>
internal sealed class Peer
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly string program;
    private readonly string folder;
    private readonly string extension;
    private readonly Lazy<string?> missing;

    private Peer(string name, string program, string folder, string extension, string[] probe, string remedy)
    {
        Name = name;
        this.program = program;
        this.folder = Path.Combine(GoldenFile.RepositoryRoot, "tests", "Interop", "peers", folder);
        this.extension = extension;
        missing = new Lazy<string?>(() => Runs(probe) ? null : $"{name} is not on this machine: {remedy}");
    }

    /// <summary><c>@grpc/grpc-js</c> on Node.js.</summary>
    public static Peer JavaScript { get; } = new(
        "grpc-js", "node", "js", ".js", ["-e", "require('@grpc/grpc-js'); require('@grpc/proto-loader')"],
        "install Node.js and run 'npm ci' in tests/Interop/peers/js");

    /// <summary>Debian's <c>python3-grpcio</c>.</summary>
    public static Peer Python { get; } = new(
        "grpcio", "/usr/bin/python3", "python", ".py", ["-c", "import grpc, google.protobuf"],
        "install Debian's python3-grpcio and python3-protobuf");

    /// <summary>The package's name, for messages.</summary>
    public string Name { get; }

    /// <summary>What is missing to start it and how to get it; null when nothing is.</summary>
    public string? Missing => missing.Value;

    /// <summary>Starts one of its scripts.</summary>
    /// <param name="script">Name of the script without its extension: <c>client</c> or <c>server</c>.</param>
    /// <param name="arguments">What it is started with.</param>
    public PeerProcess Start(string script, params IReadOnlyList<string> arguments) => new(Prepare([Path.Combine(folder, script + extension), .. arguments]));

    private ProcessStartInfo Prepare(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["INTEROP_DESCRIPTORS"] = Descriptors.File;
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        foreach (string proxy in new[] { "http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy" })
            start.Environment.Remove(proxy);
        return start;
    }

    private bool Runs(string[] arguments)
    {
        try
        {
            using var process = Process.Start(Prepare(arguments))!;
            process.StandardInput.Close();
            // What it says is short enough to fit the pipes; a test that is skipped says what is missing.
            if (process.WaitForExit(Limit))
                return process.ExitCode == 0;
            process.Kill(entireProcessTree: true);
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
