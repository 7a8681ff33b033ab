using Federated.Protocol.V1;

namespace Federated.Methods.Federation;

/// <summary>A combined answer is not counted, and nothing of it was; its clients must be asked again, elsewhere.</summary>
/// <param name="reason">What the node is told.</param>
/// <param name="message">What was expected and what was found.</param>
/// <param name="inner">The cause, where there is one.</param>
public sealed class AnswerRefusedException(RefusalReason reason, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the node is told.</summary>
    public RefusalReason Reason { get; } = reason;
}
