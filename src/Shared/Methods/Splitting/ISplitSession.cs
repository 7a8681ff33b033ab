namespace Federated.Methods.Splitting;

/// <summary>One client's split training with the server's part of the model: numbered messages, each with a reply. Not safe for use by several threads at once.</summary>
public interface ISplitSession : IDisposable
{
    /// <summary>Sends a message and waits for its reply.</summary>
    /// <param name="number">Number of the message, from 0 and one by one.</param>
    /// <param name="leg">What is asked.</param>
    /// <param name="payload">The encoded payload: exactly the bytes that cross.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The encoded reply, valid until the next message.</returns>
    /// <exception cref="SplitSessionException">The message does not follow from those before it, cannot be read, or the session is lost.</exception>
    ReadOnlyMemory<byte> Exchange(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel);
}
