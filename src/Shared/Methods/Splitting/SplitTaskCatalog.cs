using System.Collections.Immutable;

namespace Federated.Methods.Splitting;

/// <summary>The server's halves of all split tasks.</summary>
public static class SplitTaskCatalog
{
    private static readonly ImmutableArray<ISplitTaskHandler> Handlers = [new TrainSplitServerHandler()];

    /// <summary>The server's half of the task, or null when the task has none.</summary>
    public static ISplitTaskHandler? Find(string task) => Handlers.FirstOrDefault(handler => handler.Name == task);
}
