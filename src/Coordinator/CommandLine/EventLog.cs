using Federated.Coordinator.Progress;

namespace Federated.Coordinator.CommandLine;

/// <summary>Events of a process that runs for long, a line each with the time. Safe for several threads.</summary>
/// <param name="output">Where they are written.</param>
/// <param name="time">Gives the time.</param>
internal sealed class EventLog(TextWriter output, TimeProvider time)
{
    private readonly Lock gate = new();

    /// <summary>Writes one event.</summary>
    public void Write(string happened)
    {
        lock (gate)
        {
            output.Write($"{time.GetUtcNow():yyyy-MM-ddTHH:mm:ssZ} {ProgressView.WithoutControls(happened)}\n");
            output.Flush();
        }
    }
}
