using Federated.Methods.Data;

namespace Federated.Methods.Tests.Data.Sources;

/// <summary>apt-get and dpkg-deb as far as fetching a package goes.</summary>
internal sealed class FakePackageManager : IProcessRunner
{
    private readonly Action<string>? unpack;

    /// <param name="unpack">Fills the folder of the package's data sets; given its full path.</param>
    public FakePackageManager(Action<string> unpack) => this.unpack = unpack;

    /// <summary>A machine without apt-get.</summary>
    public FakePackageManager()
    {
    }

    public bool SystemKnowsThePackage { get; init; } = true;

    public bool NetworkKnowsThePackage { get; init; } = true;

    public List<string> Calls { get; } = [];

    public Task<ProcessResult?> RunAsync(string program, IReadOnlyList<string> arguments, string workingFolder, TimeSpan limit, CancellationToken cancel)
    {
        if (unpack is null)
            return Task.FromResult<ProcessResult?>(null);
        bool ownLists = arguments.Contains($"Dir::State::Lists={workingFolder}/lists");
        ProcessResult result = program switch
        {
            "apt-get" when arguments[^1] == "update" => Record("update", ownLists && Directory.Exists(Path.Combine(workingFolder, "lists", "partial")), "W: some source is out of reach"),
            "apt-get" when arguments[^2] == "download" => Record("download", ownLists ? NetworkKnowsThePackage && Calls.Contains("update") : SystemKnowsThePackage, $"E: Unable to locate package {arguments[^1]}"),
            "dpkg-deb" => Record("dpkg-deb", File.Exists(arguments[1]), "no such archive"),
            _ => throw new InvalidOperationException($"unexpected: {program} {string.Join(' ', arguments)}"),
        };
        if (result.ExitCode == 0 && Calls[^1] == "download")
            File.WriteAllBytes(Path.Combine(workingFolder, $"{arguments[^1]}_1_all.deb"), [1]);
        if (result.ExitCode == 0 && Calls[^1] == "dpkg-deb")
            unpack(Path.Combine(arguments[2], "usr", "share", "datasets", "fashion-mnist"));
        return Task.FromResult<ProcessResult?>(result);
    }

    private ProcessResult Record(string call, bool works, string complaint)
    {
        Calls.Add(call);
        return works ? new ProcessResult(0, "") : new ProcessResult(100, "Reading package lists...\n" + complaint + "\n");
    }
}
