using Federated.Protocol.Fleet;

namespace Federated.ClientNode.Splitting;

/// <summary>Where bodies can be run. Which of the hosts runs a body changes no result.</summary>
public interface ISplitHosts
{
    /// <summary>A host for a client; waits while there is none.</summary>
    /// <param name="client">Number of the client: it comes to the same host as long as the hosts are the same.</param>
    /// <param name="avoided">The host that lost the client's session; another one is chosen where there is one. Null: none.</param>
    /// <param name="cancel">Stops.</param>
    Task<SplitClient> ChooseAsync(int client, SplitClient? avoided, CancellationToken cancel);

    /// <summary>Whether the host is still one: a session of one that is not is lost at once.</summary>
    bool IsThere(SplitClient host);
}
