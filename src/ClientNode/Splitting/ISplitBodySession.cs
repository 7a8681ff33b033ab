using Federated.Methods.Splitting;

namespace Federated.ClientNode.Splitting;

/// <summary>The server's part of a task for one client. Its replies follow from the messages alone, whichever workspace it is given: what a workspace has lost to another session, it computes again.</summary>
public interface ISplitBodySession
{
    /// <summary>Answers a message. One at a time.</summary>
    /// <param name="workspace">One that <see cref="ISplitBody.CreateWorkspace"/> made, which nobody else uses meanwhile.</param>
    /// <param name="number">Number of the message, from 0 and one by one.</param>
    /// <param name="leg">What is asked.</param>
    /// <param name="payload">The encoded payload; stays as it is for as long as the session wants.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The encoded reply, valid until the next message.</returns>
    /// <exception cref="SplitSessionException">The message cannot be answered; the session is over then.</exception>
    ReadOnlyMemory<byte> Exchange(IDisposable workspace, int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel);
}
