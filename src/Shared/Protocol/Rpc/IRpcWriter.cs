using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>Sends messages on a call's stream, in order. One writer at a time.</summary>
public interface IRpcWriter<T>
    where T : class, IMessage<T>
{
    /// <summary>
    /// Sends a message; completes when it is handed to the connection, which waits while the other side does not read (flow control). The message may be changed afterwards.
    /// A cancelled write may have left half a message behind: it ends the call.
    /// </summary>
    /// <exception cref="RpcException">The call has ended, or the message is larger than the limit.</exception>
    /// <exception cref="OperationCanceledException">The write or the call was cancelled.</exception>
    ValueTask WriteAsync(T message, CancellationToken cancel = default);
}
