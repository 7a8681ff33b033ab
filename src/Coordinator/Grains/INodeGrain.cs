using Federated.Coordinator.Placement;

namespace Federated.Coordinator.Grains;

/// <summary>A node of the fleet; the key is its name.</summary>
internal interface INodeGrain : IGrain
{
    /// <summary>The node opens a stream. Older streams of it are stale from now on.</summary>
    /// <exception cref="NodeRegistrationException">The registration cannot be true.</exception>
    Task<NodeSession> RegisterAsync(NodeRegistration registration);

    /// <summary>Whether this is the node's last stream and it is open: messages of any other are dropped.</summary>
    Task<bool> IsCurrentAsync(ulong session);

    /// <summary>The stream is gone. False when it was stale already: then nothing changed.</summary>
    Task<bool> DisconnectedAsync(ulong session);

    /// <summary>An answer of the node was counted: its counters and its time model go on. Not saved until the round's end.</summary>
    Task CountedAsync(ListWork work);

    /// <summary>An answer of the node was refused as rubbish.</summary>
    Task RefusedAsync();

    /// <summary>A round is over: saves what was learned, unless something was saved a moment ago.</summary>
    Task SaveAsync();

    /// <summary>The node as it is now.</summary>
    Task<NodeDescription> DescribeAsync();
}
