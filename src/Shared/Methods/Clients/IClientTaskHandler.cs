using Federated.Protocol.Payloads;

namespace Federated.Methods.Clients;

/// <summary>The client half of a task: one function from what came down to what goes up.</summary>
public interface IClientTaskHandler
{
    /// <summary>Name of the task.</summary>
    string Name { get; }

    /// <summary>Does the task on one client. Runs on a worker's thread; synchronous, because it computes.</summary>
    Payload Run(Client client, Payload received, CancellationToken cancel);
}
