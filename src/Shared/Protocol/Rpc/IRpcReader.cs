using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>The messages that the other side sends on a call's stream, in order. One reader at a time.</summary>
public interface IRpcReader<T>
    where T : class, IMessage<T>
{
    /// <summary>
    /// The next message; null when the other side has sent all. What is not read stays with the sender: it can be ahead by one flow-control window.
    /// On a client, cancelling a read cancels the call.
    /// </summary>
    /// <exception cref="RpcException">The call ended with another status than Ok, or what arrived is not a message.</exception>
    /// <exception cref="OperationCanceledException">The read or the call was cancelled.</exception>
    ValueTask<T?> ReadAsync(CancellationToken cancel = default);
}
