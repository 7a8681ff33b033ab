using System.Security.Cryptography;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Fleet;

/// <summary>Finds messages that no node of this release sends. Their size is bounded before they are read: this is about what they say.</summary>
internal static class NodeMessageCheck
{
    /// <summary>More lists than are ever handed to one node: a bound that catches rubbish before memory is given to it.</summary>
    public const int MostLists = 64;

    private const int MostClientsReported = 4096;
    private const int LongestText = 4096;

    /// <summary>What is wrong with the message, or null.</summary>
    public static string? FaultOf(NodeMessage message) => message.KindCase switch
    {
        NodeMessage.KindOneofCase.Heartbeat => FaultOf(message.Heartbeat),
        NodeMessage.KindOneofCase.ExperimentReady => TextFault(message.ExperimentReady.Run, "a run's name"),
        NodeMessage.KindOneofCase.ExperimentRefused =>
            TextFault(message.ExperimentRefused.Run, "a run's name") ?? TextFault(message.ExperimentRefused.Reason, "the reason of a refusal"),
        NodeMessage.KindOneofCase.ListStarted or NodeMessage.KindOneofCase.ListReturned => null,
        NodeMessage.KindOneofCase.ListAnswered => FaultOf(message.ListAnswered),
        NodeMessage.KindOneofCase.ListFailed => TextFault(message.ListFailed.Message, "the message of a failure"),
        NodeMessage.KindOneofCase.Registration => "a stream has one registration, at its beginning",
        _ => "the message is of a kind that this coordinator does not know",
    };

    private static string? FaultOf(Heartbeat heartbeat)
    {
        if (heartbeat.Lists.Count > MostLists)
            return $"a heartbeat tells of {heartbeat.Lists.Count} lists; at most {MostLists} are ever in a node's hands";
        int clients = 0;
        foreach (ListProgress list in heartbeat.Lists)
            clients += list.Clients.Count;
        return clients > MostClientsReported ? $"a heartbeat tells of {clients} clients at work; {MostClientsReported} is the most" : null;
    }

    private static string? FaultOf(ListAnswered answered)
    {
        if (answered.AnswerSha256.Length != SHA256.HashSizeInBytes)
            return $"an answer is named by a SHA-256 of {SHA256.HashSizeInBytes} bytes, not {answered.AnswerSha256.Length}";
        return answered.SlotSeconds >= 0 && double.IsFinite(answered.SlotSeconds) ? null : "the time of a list is no number of seconds";
    }

    private static string? TextFault(string text, string what) => text.Length <= LongestText ? null : $"{what} has {text.Length} characters; {LongestText} is the most";
}
