using Federated.Methods.Data;

namespace Federated.Coordinator.CommandLine;

/// <summary>Writes each step of fetching a data set once, when it begins.</summary>
internal sealed class FetchProgress(TextWriter error) : IProgress<DataProgress>
{
    private string step = "";

    /// <inheritdoc/>
    public void Report(DataProgress value)
    {
        if (value.Step == step)
            return;
        step = value.Step;
        error.WriteLine($"{value.DataSet}: {value.Step}");
    }
}
