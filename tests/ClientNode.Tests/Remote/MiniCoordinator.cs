using Federated.Protocol.V1;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>Hands lists to one node, two at a time, until all are answered; then sends it home. Lists that a node that joins again does not know of are handed out again.</summary>
internal sealed class MiniCoordinator(NodeHarness harness, IReadOnlyList<WorkList> lists)
{
    public SortedDictionary<ulong, byte[]> Answers { get; } = [];

    public List<string> Failures { get; } = [];

    public async Task RunAsync()
    {
        while (Answers.Count < lists.Count)
            await ServeAsync(await harness.Streams.AcceptAsync(NodeHarness.Limit));
        while (!harness.Running.IsCompleted)
        {
            Task<MemoryStreamEnd> accepting = harness.Streams.AcceptAsync(NodeHarness.Limit);
            if (await Task.WhenAny(accepting, harness.Running) == accepting)
                await ServeAsync(await accepting);
        }
    }

    private async Task ServeAsync(MemoryStreamEnd stream)
    {
        if ((await stream.ReadAsync(NodeHarness.Limit))?.Registration is not { } registration)
            return;
        HashSet<ulong> inHand = [.. registration.Lists];
        bool isReady = false;
        stream.Say(new CoordinatorMessage { Welcome = new Welcome { Session = 1, HeartbeatMilliseconds = 60_000 } });
        stream.Say(new CoordinatorMessage { Prepare = SmallExperiment.Prepare });
        while (true)
        {
            if (Answers.Count == lists.Count)
                stream.Say(new CoordinatorMessage { Shutdown = new Shutdown { Reason = "all is done" } });
            foreach (WorkList list in lists.Where(list => isReady && !Answers.ContainsKey(list.List) && !inHand.Contains(list.List)).Take(Math.Max(0, 2 - inHand.Count)).ToArray())
            {
                inHand.Add(list.List);
                stream.Say(new CoordinatorMessage { WorkList = list });
            }

            if (await stream.ReadAsync(NodeHarness.Limit) is not { } message)
                return;
            switch (message.KindCase)
            {
                case NodeMessage.KindOneofCase.ExperimentReady:
                    isReady = true;
                    break;
                case NodeMessage.KindOneofCase.ListAnswered:
                    inHand.Remove(message.ListAnswered.List);
                    stream.Say(Judge(message.ListAnswered));
                    break;
                case NodeMessage.KindOneofCase.ListReturned:
                    inHand.Remove(message.ListReturned.List);
                    break;
                case NodeMessage.KindOneofCase.ListFailed:
                    inHand.Remove(message.ListFailed.List);
                    Failures.Add(message.ListFailed.ToString());
                    return;
                case NodeMessage.KindOneofCase.ExperimentRefused:
                    Failures.Add(message.ExperimentRefused.ToString());
                    return;
                default:
                    break;
            }
        }
    }

    private CoordinatorMessage Judge(ListAnswered answered)
    {
        if (Answers.ContainsKey(answered.List))
            return new CoordinatorMessage { Refused = new AnswerRefused { List = answered.List, Reason = RefusalReason.Duplicate } };
        Answers[answered.List] = harness.UploadOf(answered);
        return new CoordinatorMessage { Accepted = new AnswerAccepted { List = answered.List } };
    }
}
