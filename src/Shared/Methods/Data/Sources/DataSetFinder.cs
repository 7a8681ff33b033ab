namespace Federated.Methods.Data;

/// <summary>
/// Finds a data set by name: at the path given, else in the data folder, else where a package of the system put it, else it is fetched
/// into the data folder: from its publishers, or out of its Debian package without being root.
/// </summary>
/// <param name="locations">The folders to search and to fill.</param>
/// <param name="http">Sends the downloads' requests; null: nothing is downloaded.</param>
/// <param name="processes">Runs the package manager; null: it is not asked.</param>
/// <param name="time">Measures limits and waits between tries.</param>
/// <param name="progress">Told about every step of fetching; may be null.</param>
public sealed class DataSetFinder(DataLocations locations, HttpMessageInvoker? http, IProcessRunner? processes, TimeProvider time, IProgress<DataProgress>? progress)
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(4);

    /// <summary>What the set named <c>synthetic</c> is like.</summary>
    public SyntheticOptions Synthetic { get; init; } = new();

    /// <summary>A finder over this machine's folders, network and package manager.</summary>
    public static DataSetFinder OfThisMachine(TimeProvider time, IProgress<DataProgress>? progress) =>
        new(DataLocations.FromEnvironment(), new HttpMessageInvoker(new SocketsHttpHandler { ConnectTimeout = ConnectLimit }), new ProcessRunner(time), time, progress);

    /// <summary>Finds and reads a set.</summary>
    /// <param name="name">A name in <see cref="DataSetCatalog"/>.</param>
    /// <param name="path">A folder (or official archive) to read it from, and nowhere else; null: the usual places.</param>
    /// <param name="cancel">Stops the search; a download goes on next time where it stopped.</param>
    /// <exception cref="DataException">No such name, or no place had the set; the message lists each place with its reason, and the ways out.</exception>
    public async Task<DataSet> FindAsync(string name, string? path, CancellationToken cancel)
    {
        DataSetInfo info = DataSetCatalog.Find(name);
        return info.Format == DataFormat.Synthetic ? SyntheticSet.Create(Synthetic) : await FindAsync(info, path, cancel);
    }

    /// <summary>Finds a set that need not be in the catalogue.</summary>
    internal async Task<DataSet> FindAsync(DataSetInfo info, string? path, CancellationToken cancel)
    {
        if (path is not null)
            return LocalData.ReadAt(info, path, cancel);
        List<string> reasons = [];
        return LocalData.Find(info, locations, reasons, cancel)
            ?? await new DataFetcher(locations, http, processes, time, progress).FetchAsync(info, reasons, cancel)
            ?? throw NotFound(info, reasons);
    }

    private DataException NotFound(DataSetInfo info, List<string> reasons)
    {
        string place = Path.Combine(locations.DataFolder, info.Name);
        string package = info.DebianPackage is null || locations.SystemFolder is null ? "" : $"\nor, on Debian and Ubuntu: sudo apt-get install {info.DebianPackage}";
        return new DataException(
            $"the data set {info.Name} is nowhere:\n  - {string.Join("\n  - ", reasons)}\n" +
            $"The way out: put {LocalData.Expected(info)} into {place} (or set {DataLocations.Variable} to the folder that holds {info.Name}/)," +
            $"{package}\nor, where the network reaches {info.Downloads[0].Address.Host}: federated data get {info.Name}");
    }
}
