using Federated.Methods.Clients;
using Federated.Methods.FedTiny;
using Federated.Methods.LocalTraining;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;

namespace Federated.Methods.Nodes;

/// <summary>The client halves that a node can run, by the name of their task.</summary>
public static class ClientTaskCatalog
{
    private static readonly Dictionary<string, IClientTaskHandler> Handlers =
        new IClientTaskHandler[] { new TrainLocallyHandler(), new RecalibrateCandidateHandler(), new EvaluateCandidateHandler(), new TrainSplitHandler(), new TrainTensorsHandler() }
            .ToDictionary(static handler => handler.Name, StringComparer.Ordinal);

    /// <summary>Whether there is a task called <paramref name="name"/>.</summary>
    public static bool Knows(string name) => Handlers.ContainsKey(name);

    /// <summary>The client half of the task called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">This node knows no such task: coordinator and node are of different versions.</exception>
    public static IClientTaskHandler Find(string name) => Handlers.GetValueOrDefault(name)
        ?? throw new ArgumentException($"This node knows no task '{name}'; it knows {string.Join(", ", Handlers.Keys.Order(StringComparer.Ordinal))}.", nameof(name));
}
