namespace Federated.Methods.Data;

/// <summary>
/// Brings a set into the data folder: from its publishers, else out of its Debian package. Everything is put together in the hidden folder
/// <c>.fetch-NAME</c>, under a lock, and moved to its place when it is complete; a crash leaves at most that folder, from which the next try goes on.
/// </summary>
internal sealed class DataFetcher(DataLocations locations, HttpMessageInvoker? http, IProcessRunner? processes, TimeProvider time, IProgress<DataProgress>? progress)
{
    /// <summary>Fetches and reads the set; null, with a reason per source, when no source gave it.</summary>
    public async Task<DataSet?> FetchAsync(DataSetInfo info, List<string> reasons, CancellationToken cancel)
    {
        if (http is null && processes is null)
            return null;
        try
        {
            Directory.CreateDirectory(locations.DataFolder);
            bool waited = false;
            await using FileStream held = await FetchLock.TakeAsync(Path.Combine(locations.DataFolder, $".{info.Name}.lock"), time, Waiting, cancel);
            if (waited && LocalData.Find(info, locations, [], cancel) is { } other)
                return other;
            string staging = Path.Combine(locations.DataFolder, $".fetch-{info.Name}");
            Directory.CreateDirectory(staging);
            if (!await DownloadAsync(info, staging, reasons, cancel) && !await TakePackageAsync(info, staging, reasons, cancel))
            {
                if (!Directory.EnumerateFileSystemEntries(staging).Any())
                    Directory.Delete(staging);
                return null;
            }

            string place = Path.Combine(locations.DataFolder, info.Name);
            Publish(staging, place);
            return LocalData.ReadAt(info, place, cancel);

            void Waiting()
            {
                if (!waited)
                    progress?.Report(new DataProgress(info.Name, "waiting for another process that fetches it", 0, null));
                waited = true;
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            reasons.Add($"{locations.DataFolder}: cannot be written ({problem.Message}); set {DataLocations.Variable} to a folder that can");
        }
        catch (DataException problem)
        {
            reasons.Add(problem.Message);
        }

        return null;
    }

    private async Task<bool> DownloadAsync(DataSetInfo info, string staging, List<string> reasons, CancellationToken cancel)
    {
        if (http is null)
            return false;
        Downloader downloader = new(http, time);
        try
        {
            foreach (RemoteFile file in info.Downloads)
            {
                Report(info, $"downloading {file.Name}", 0, file.Length);
                await downloader.FetchAsync(file, staging, (bytes, total) => Report(info, $"downloading {file.Name}", bytes, total ?? file.Length), cancel);
                string path = Path.Combine(staging, file.Name);
                if (!DataArchive.IsOne(path))
                    continue;
                Report(info, $"unpacking {file.Name}", 0, null);
                DataArchive.Unpack(info, path, staging, cancel);
                File.Delete(path);
            }

            return !info.Downloads.IsEmpty;
        }
        catch (DataException problem)
        {
            reasons.Add(problem.Message);
            return false;
        }
    }

    private async Task<bool> TakePackageAsync(DataSetInfo info, string staging, List<string> reasons, CancellationToken cancel)
    {
        if (processes is null || info.DebianPackage is null || locations.SystemFolder is null)
            return false;
        try
        {
            await new DebianPackageSource(processes).FetchAsync(info, staging, step => Report(info, step, 0, null), cancel);
            return true;
        }
        catch (DataException problem)
        {
            reasons.Add(problem.Message);
            return false;
        }
    }

    /// <summary>One rename where the place is free; else file by file, each replaced as a whole.</summary>
    private static void Publish(string staging, string place)
    {
        foreach (string part in Directory.EnumerateFiles(staging, "*.part"))
            File.Delete(part);
        if (!Directory.Exists(place))
        {
            Directory.Move(staging, place);
            return;
        }

        foreach (string file in Directory.EnumerateFiles(staging))
            File.Move(file, Path.Combine(place, Path.GetFileName(file)), overwrite: true);
        Directory.Delete(staging, recursive: true);
    }

    private void Report(DataSetInfo info, string step, long bytes, long? total) => progress?.Report(new DataProgress(info.Name, step, bytes, total));
}
