using System.Text;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Engine.Storage;

namespace Federated.Coordinator.CommandLine;

/// <summary>Writes the report of a run into its folder.</summary>
internal static class ReportFile
{
    /// <summary>Writes the report.</summary>
    /// <param name="path">The run folder.</param>
    /// <returns>Path of the report, below the folder as the user named it.</returns>
    /// <exception cref="RunFolderException">There is no run in the folder.</exception>
    public static string Write(string path)
    {
        using RunFolder folder = RunFolder.Open(path);
        string report = Path.Combine(path, RunFolder.ReportFile);
        AtomicFile.Write(report, stream => stream.Write(Encoding.UTF8.GetBytes(RunReport.ToHtml(RunContents.Read(folder)))));
        return report;
    }
}
