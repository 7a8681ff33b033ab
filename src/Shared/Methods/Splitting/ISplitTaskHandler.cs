using Federated.Methods.Clients;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>The server's half of a task that clients and server train together; the client's half is the <see cref="IClientTaskHandler"/> of the same name.</summary>
public interface ISplitTaskHandler
{
    /// <summary>Name of the task.</summary>
    string Name { get; }

    /// <summary>Begins the split training of one client.</summary>
    /// <param name="context">The experiment.</param>
    /// <param name="serverParts">What the task gives to the server's part.</param>
    /// <param name="round">The round.</param>
    /// <param name="client">Number of the client.</param>
    /// <exception cref="SplitSessionException">The payload holds not what the task needs.</exception>
    ISplitTask Begin(ExperimentContext context, Payload serverParts, int round, int client);
}
