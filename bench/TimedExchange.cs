using Federated.Coordinator.Rounds;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Bench;

/// <summary>Passes everything on and measures how long clients are at work, and how long their answers take on the server.</summary>
internal sealed class TimedExchange(IClientExchange inner) : IClientExchange
{
    private long exchange;
    private long answers;

    /// <summary>Seconds with the clients so far, the reading and adding of answers included.</summary>
    public double ExchangeSeconds => TimeProvider.System.GetElapsedTime(0, exchange).TotalSeconds;

    /// <summary>Seconds of reading and adding answers so far.</summary>
    public double AnswerSeconds => TimeProvider.System.GetElapsedTime(0, answers).TotalSeconds;

    public async Task ExchangeAsync(NodeWork work, Func<ClientDescription, PlannedAnswer> planned, INodeObserver observer, CancellationToken cancel)
    {
        long start = TimeProvider.System.GetTimestamp();
        await inner.ExchangeAsync(work, planned, new Observer(this, observer), cancel);
        exchange += TimeProvider.System.GetTimestamp() - start;
    }

    public void Retain(IReadOnlyCollection<string> digests, IReadOnlyList<Part> provided) => inner.Retain(digests, provided);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Observer(TimedExchange exchange, INodeObserver next) : INodeObserver
    {
        public void Progress(int client, int done, int total) => next.Progress(client, done, total);

        public void StateChanged(int client, ReadOnlyMemory<byte> state) => next.StateChanged(client, state);

        public void Combined(CombinedAnswer answer) => next.Combined(answer);

        // One call at a time, as the interface promises.
        public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
        {
            long start = TimeProvider.System.GetTimestamp();
            next.Answered(client, answer, parts);
            exchange.answers += TimeProvider.System.GetTimestamp() - start;
        }
    }
}
