namespace Federated.Methods.Data;

/// <summary>
/// Takes a data set out of its Debian package without being root and without touching the system: apt verifies and downloads the package
/// from the sources configured on this machine, with package lists of its own where the system has none, and dpkg-deb unpacks it.
/// </summary>
internal sealed class DebianPackageSource(IProcessRunner processes)
{
    private static readonly TimeSpan UpdateLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DownloadLimit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UnpackLimit = TimeSpan.FromMinutes(2);

    /// <summary>Puts the set's files into <paramref name="folder"/>.</summary>
    /// <param name="info">A set with a <see cref="DataSetInfo.DebianPackage"/>.</param>
    /// <param name="folder">An existing folder.</param>
    /// <param name="step">Told what is being done.</param>
    /// <param name="cancel">Stops the programs.</param>
    /// <exception cref="DataException">There is no apt here, or it cannot fetch the package.</exception>
    public async Task FetchAsync(DataSetInfo info, string folder, Action<string> step, CancellationToken cancel)
    {
        string package = info.DebianPackage ?? throw new ArgumentException($"{info.Name} has no package", nameof(info));
        string work = Path.Combine(folder, "apt");
        try
        {
            DeleteFolder(work);
            Directory.CreateDirectory(Path.Combine(work, "lists", "partial"));
            Directory.CreateDirectory(Path.Combine(work, "cache", "archives", "partial"));
            string archive = await DownloadAsync(package, work, step, cancel);
            step($"unpacking {Path.GetFileName(archive)}");
            string unpacked = Path.Combine(work, "unpacked");
            await RunAsync("dpkg-deb", ["-x", archive, unpacked], work, UnpackLimit, package, cancel);
            Collect(info, Path.Combine(unpacked, "usr", "share", "datasets", info.Name), folder, package);
        }
        finally
        {
            DeleteFolder(work);
        }
    }

    private async Task<string> DownloadAsync(string package, string work, Action<string> step, CancellationToken cancel)
    {
        // The package's lists are private only where the system's do not know the package: updating them costs about 10 MB.
        string[] common =
        [
            "-q", "-o", $"Dir::Cache={work}/cache", "-o", "Debug::NoLocking=1", "-o", "APT::Sandbox::User=root",
            "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10",
        ];
        string[] ownLists =
        [
            .. common, "-o", $"Dir::State::Lists={work}/lists", "-o", "Acquire::Languages=none",
            "-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false", "-o", "Acquire::IndexTargets::deb::CNF::DefaultEnabled=false",
        ];
        step($"downloading the package {package} with apt");
        ProcessResult first = await StartAsync("apt-get", [.. common, "download", package], work, DownloadLimit, package, cancel);
        if (first.ExitCode != 0)
        {
            step("fetching apt's package lists into a private folder");
            // One source out of reach makes apt report failure although the others' lists are there: the download decides.
            await StartAsync("apt-get", [.. ownLists, "update"], work, UpdateLimit, package, cancel);
            step($"downloading the package {package} with apt");
            await RunAsync("apt-get", [.. ownLists, "download", package], work, DownloadLimit, package, cancel);
        }

        return Directory.EnumerateFiles(work, "*.deb").Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw Failed(package, "apt-get reported success but left no package");
    }

    private async Task RunAsync(string program, string[] arguments, string work, TimeSpan limit, string package, CancellationToken cancel)
    {
        ProcessResult result = await StartAsync(program, arguments, work, limit, package, cancel);
        if (result.ExitCode != 0)
            throw Failed(package, $"{program} ended with {result.ExitCode}: {Reason(result.Output)}");
    }

    private async Task<ProcessResult> StartAsync(string program, string[] arguments, string work, TimeSpan limit, string package, CancellationToken cancel)
    {
        try
        {
            return await processes.RunAsync(program, arguments, work, limit, cancel) ?? throw Failed(package, $"there is no {program} on this machine");
        }
        catch (TimeoutException problem)
        {
            throw new DataException($"package {package}: {problem.Message}", problem);
        }
    }

    /// <summary>The files move to their new folder; only those of the set, whatever else the package holds.</summary>
    private static void Collect(DataSetInfo info, string from, string to, string package)
    {
        foreach (string name in info.Files)
        {
            string? file = new[] { name + ".gz", name }.FirstOrDefault(candidate => File.Exists(Path.Combine(from, candidate)));
            if (file is null)
                throw Failed(package, $"the package does not hold {name}");
            File.Move(Path.Combine(from, file), Path.Combine(to, file), overwrite: true);
        }
    }

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>apt marks what went wrong with <c>E:</c>.</summary>
    private static string Reason(string output)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] errors = [.. lines.Where(line => line.StartsWith("E:", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
        return errors.Length > 0 ? string.Join(" ", errors) : lines.LastOrDefault() ?? "it said nothing";
    }

    private static DataException Failed(string package, string what) => new($"package {package}: {what}");
}
