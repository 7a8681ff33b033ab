using System.Collections.Concurrent;
using Federated.ClientNode;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Nodes;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>A node that keeps a copy of what its clients answer, and of what crosses between them and the server's part.</summary>
internal sealed class RecordingNode(ExperimentContext context, LocalNode node) : INode
{
    private readonly ConcurrentQueue<SplitMessage> messages = new();
    private readonly Dictionary<(int Round, int Client), byte[]> answers = [];

    public IReadOnlyCollection<SplitMessage> Messages => messages;

    public IEnumerable<byte[]> Answers => answers.Values;

    /// <summary>Runs an experiment on such a node.</summary>
    public static async Task<(RecordingNode Node, SplitTrainingTests.GlobalRun Run, Ledger Ledger)> RunAsync(ExperimentSpec experiment, DataSet data)
    {
        RecordingNode? recording = null;
        var context = ExperimentContext.Create(experiment, data);
        (SplitTrainingTests.GlobalRun run, Ledger ledger) = await SplitTrainingTests.RunAsync(context, node => recording = new RecordingNode(context, node));
        return (recording!, run, ledger);
    }

    public Task RunAsync(NodeWork work, INodeObserver observer, CancellationToken cancel) =>
        node.RunAsync(work, new Watch(this, work.Round, observer), meter: null, new RecordingSplitServer(context, messages), cancel);

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => node.Retain(digests, provided);

    /// <summary>Values in a client's answer.</summary>
    public float[] Values(PartKind kind, int round, int client) => Decode(answers[(round, client)]).Parts.OfType<TensorValuesPart>().Single(part => part.Kind == kind).Values;

    public Payload Decode(byte[] payload) => Payload.Decode(payload, context.SplitPayloads);

    private sealed class Watch(RecordingNode recording, int round, INodeObserver observer) : INodeObserver
    {
        public void Progress(int client, int done, int total) => observer.Progress(client, done, total);

        public void StateChanged(int client, ReadOnlyMemory<byte> state) => observer.StateChanged(client, state);

        public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
        {
            recording.answers.Add((round, client), answer.ToArray());
            observer.Answered(client, answer, parts);
        }

        public void Combined(CombinedAnswer answer) => observer.Combined(answer);
    }
}
