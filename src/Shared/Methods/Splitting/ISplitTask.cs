using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// The server's half of one client's split training: a state machine whose replies follow from what it received, whichever workspace it is given. It keeps what it needs between two messages itself, so
/// that a workspace can serve others meanwhile.
/// </summary>
public interface ISplitTask
{
    /// <summary>Where the values stood of the last batch that went down, when only some of each vector did: a gradient may come back at these places. Null else.</summary>
    ActivationPositions? Positions { get; }

    /// <summary>Answers a message.</summary>
    /// <param name="workspace">A workspace that nobody else uses meanwhile; not necessarily the one of the message before.</param>
    /// <param name="leg">What is asked.</param>
    /// <param name="received">What the client sent.</param>
    /// <exception cref="SplitSessionException">The message does not follow from those before it, or has not the parts that it needs.</exception>
    Payload Exchange(SplitWorkspace workspace, SplitLeg leg, Payload received);
}
