using Federated.Methods.Splitting;

namespace Federated.ClientNode.Splitting;

/// <summary>The server's part of a task in one form, ready to be run for its clients: one object for all sessions of the form.</summary>
public interface ISplitBody
{
    /// <summary>Makes what a thread computes in: the memory of the networks. Sessions take turns in it.</summary>
    IDisposable CreateWorkspace();

    /// <summary>Begins the server's part for one client.</summary>
    /// <exception cref="SplitSessionException">The task has none, or the client is none of the experiment.</exception>
    ISplitBodySession Begin(int round, string task, int client);
}
