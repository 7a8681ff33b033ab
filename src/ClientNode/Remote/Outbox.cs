using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>The way to the coordinator, when there is one. Used only by the actions of the node's mailbox.</summary>
internal sealed class Outbox
{
    private Action<NodeMessage>? send;

    /// <summary>Whether there is a stream.</summary>
    public bool IsOpen => send is not null;

    /// <summary>A stream was opened: what is said goes to it.</summary>
    public void Open(Action<NodeMessage> stream) => send = stream;

    /// <summary>The stream is lost.</summary>
    public void Close() => send = null;

    /// <summary>Says something to the coordinator; without a stream it is lost, as it could be with one.</summary>
    public void Say(NodeMessage message) => send?.Invoke(message);
}
