namespace Federated.Methods.Data;

/// <summary>Looks for data sets in the folders of this machine.</summary>
internal static class LocalData
{
    /// <summary>The set at a path that the user gave.</summary>
    /// <exception cref="DataException">It is not there, or its files are damaged: another place is not tried, for the user said which.</exception>
    public static DataSet ReadAt(DataSetInfo info, string path, CancellationToken cancel)
    {
        string full = Path.GetFullPath(path);
        return DataFiles.At(info, full, cancel) is { } files
            ? DataSetReader.Read(info, files, cancel)
            : throw new DataException(
                $"{full}: no files of {info.Name} are there; give a folder that holds {Expected(info)}, or leave the path out so that the usual places are searched");
    }

    /// <summary>The first whole copy of the set in the usual folders; null, with a reason per place, when there is none.</summary>
    public static DataSet? Find(DataSetInfo info, DataLocations locations, List<string> reasons, CancellationToken cancel)
    {
        foreach (string folder in Candidates(info, locations))
        {
            try
            {
                if (DataFiles.At(info, folder, cancel) is { } files)
                    return DataSetReader.Read(info, files, cancel);
                reasons.Add($"{folder}: not there");
            }
            catch (DataException problem)
            {
                reasons.Add(problem.Message);
            }
        }

        return null;
    }

    /// <summary>The files a folder must hold, for messages.</summary>
    public static string Expected(DataSetInfo info)
    {
        string files = string.Join(", ", info.Files);
        return info.Format == DataFormat.Idx ? $"{files} (each plain or .gz)" : $"{files}, or {string.Join(", ", info.Downloads.Select(file => file.Name))}";
    }

    /// <summary>
    /// The set's own subfolder, then the folders other tools make. IDX files lying in the data folder itself are not taken:
    /// those of MNIST and Fashion-MNIST have the same names.
    /// </summary>
    private static IEnumerable<string> Candidates(DataSetInfo info, DataLocations locations)
    {
        yield return Path.Combine(locations.DataFolder, info.Name);
        if (info.Format == DataFormat.Idx)
        {
            foreach (string sub in info.Subfolders)
                yield return Path.Combine(locations.DataFolder, sub);
        }
        else
        {
            yield return locations.DataFolder;
        }

        if (locations.SystemFolder is { } system && info.DebianPackage is not null)
            yield return Path.Combine(system, info.Name);
    }
}
