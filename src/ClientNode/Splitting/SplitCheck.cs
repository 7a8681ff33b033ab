using Federated.ClientNode.Remote;
using Federated.Methods.Splitting;
using Federated.Protocol;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Splitting;

/// <summary>Refuses messages that no node of this release sends. Their size is bounded before they are read: this is about what they say.</summary>
internal static class SplitCheck
{
    private const int LongestTask = 64;

    /// <summary>The opening of a stream.</summary>
    /// <exception cref="RpcException">It is none, or cannot be used.</exception>
    public static SplitOpening Require(SplitRequest? first)
    {
        SplitOpening opening = first?.Open ?? throw Refuse("the first message of a split session must open it");
        if (opening.Protocol != ProtocolVersion.Current)
        {
            throw new RpcException(
                RpcStatusCode.FailedPrecondition,
                $"the node speaks version {opening.Protocol} of the contract and this host version {ProtocolVersion.Current}: use the same release of Federated on both");
        }

        if (!NodeName.IsValid(opening.Node))
            throw Refuse("a node's name is 1 to 63 of a-z, 0-9, '-' and '.', and begins with a letter or digit");
        if (opening.Run.Length is 0 or > WorkListCheck.LongestName)
            throw Refuse($"a run's name has 1 to {WorkListCheck.LongestName} characters, not {opening.Run.Length}");
        if (opening.Task.Length is 0 or > LongestTask)
            throw Refuse($"a task's name has 1 to {LongestTask} characters, not {opening.Task.Length}");
        if (opening.Round > int.MaxValue || opening.Client > int.MaxValue || opening.Next > int.MaxValue)
            throw Refuse("a round, a client or a number is beyond 2³¹ − 1");
        if (opening.ServerForm is not { Length: > 0 } form || !Digests.IsDigest(form.Sha256) || form.RefersTo.Count > 0)
            throw Refuse("the server's form of the task is a payload that refers to nothing, with a SHA-256 of 32 bytes and a length");
        return opening;
    }

    /// <summary>A message behind the opening.</summary>
    /// <exception cref="RpcException">It is none, or cannot be used.</exception>
    public static (SplitMessage Message, SplitLeg Leg) RequireMessage(SplitRequest request)
    {
        SplitMessage message = request.Message ?? throw Refuse("a session is opened once, at its stream's beginning");
        return (message, message.Leg is Leg.Forward or Leg.Backward or Leg.Train or Leg.Complete
            ? (SplitLeg)message.Leg
            : throw Refuse($"message {message.Number} asks for something that this release does not know ({(int)message.Leg})"));
    }

    private static RpcException Refuse(string message) => new(RpcStatusCode.InvalidArgument, message);
}
