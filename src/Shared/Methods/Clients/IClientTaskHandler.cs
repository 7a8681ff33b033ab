using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Clients;

/// <summary>The client half of a task: one function from what came down to what goes up.</summary>
public interface IClientTaskHandler
{
    /// <summary>Name of the task.</summary>
    string Name { get; }

    /// <summary>Does the task on one client. Runs on a worker's thread; synchronous, because it computes.</summary>
    Payload Run(Client client, Payload received, CancellationToken cancel);

    /// <summary>
    /// Starts combining answers to the task on the node: the same fold as the server's <see cref="ClientTask{TAnswer}.CreateCollector"/>, made from what came down.
    /// </summary>
    /// <param name="context">The experiment.</param>
    /// <param name="received">What one of the clients received, references replaced: all receive the same, in forms that differ.</param>
    /// <param name="round">The round that the answers are of.</param>
    /// <exception cref="ClientAnswerException">The payload holds no model, or asks for what the network does not have.</exception>
    IAnswerFold CreateFold(ExperimentContext context, Payload received, int round);
}
