using System.Collections.Concurrent;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>Stands between workers and folds: counts the lists that run, and holds up those that a test wants held up, at their first answer.</summary>
internal sealed class HeldLists : IDisposable
{
    private readonly ConcurrentDictionary<ulong, ManualResetEventSlim> held = [];
    private readonly TimeSpan limit = TimeSpan.FromSeconds(60);

    /// <summary>The lists that ran, once for each time.</summary>
    public ConcurrentQueue<ulong> Ran { get; } = [];

    public void Hold(ulong list) => held[list] = new ManualResetEventSlim();

    public void LetGo(ulong list) => held[list].Set();

    public INodeObserver Around(WorkList list, INodeObserver inner)
    {
        Ran.Enqueue(list.List);
        return new Observer(this, list.List, inner);
    }

    public void Dispose()
    {
        foreach (ManualResetEventSlim gate in held.Values)
            gate.Set();
    }

    private sealed class Observer(HeldLists lists, ulong list, INodeObserver inner) : INodeObserver
    {
        public void Progress(int client, int done, int total) => inner.Progress(client, done, total);

        public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
        {
            if (lists.held.TryGetValue(list, out ManualResetEventSlim? gate) && !gate.Wait(lists.limit))
                throw new TimeoutException($"list {list} was never let go");
            inner.Answered(client, answer, parts);
        }

        public void StateChanged(int client, ReadOnlyMemory<byte> state) => inner.StateChanged(client, state);

        public void Combined(CombinedAnswer answer) => inner.Combined(answer);
    }
}
