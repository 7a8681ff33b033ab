using Federated.Methods.Nodes;
using Federated.Protocol.Faults;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Measures one list while it runs: whether it was started, who is at work, how many are done, how long the slots worked. Stands between the node's workers and who combines the answers.
/// Safe for several threads.
/// </summary>
/// <param name="inner">Receives the answers.</param>
/// <param name="started">Called once, on a worker's thread, when the first client is about to train.</param>
/// <param name="time">Measures.</param>
internal sealed class ListMeter(INodeObserver inner, Action started, TimeProvider time) : INodeObserver
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<int, (int Done, int Total)> atWork = [];
    private readonly List<(Exception Problem, int Client)> failures = []; // one for each worker at most
    private TimeSpan busy;
    private int done;
    private bool isStarted;

    /// <summary>Seconds that slots have worked on clients that are done.</summary>
    public double SlotSeconds
    {
        get
        {
            lock (gate)
                return busy.TotalSeconds;
        }
    }

    /// <summary>A worker takes up a client; returns what <see cref="End"/> wants back.</summary>
    public long Begin(int client)
    {
        bool first;
        lock (gate)
        {
            first = !isStarted;
            isStarted = true;
            atWork[client] = default;
        }

        if (first)
            started();
        return time.GetTimestamp();
    }

    /// <summary>A worker is through with a client.</summary>
    public void End(int client, long began)
    {
        TimeSpan took = time.GetElapsedTime(began);
        lock (gate)
        {
            busy += took;
            done++;
            atWork.Remove(client);
        }
    }

    /// <summary>A client's work threw something. Always false: the filter of a <c>catch</c> that lets it pass.</summary>
    public bool NoteFailure(int client, Exception problem)
    {
        lock (gate)
            failures.Add((problem, client));
        return false;
    }

    /// <summary>The client whose work threw this; null when none did.</summary>
    public int? FailedAt(Exception problem)
    {
        lock (gate)
        {
            int place = failures.FindIndex(failure => ReferenceEquals(failure.Problem, problem));
            return place < 0 ? null : failures[place].Client;
        }
    }

    /// <summary>How far the list is.</summary>
    public ListProgress Describe(ulong list)
    {
        var progress = new ListProgress { List = list };
        lock (gate)
        {
            progress.ClientsDone = (uint)done;
            foreach ((int client, (int stepsDone, int steps)) in atWork)
                progress.Clients.Add(new ClientProgress { Client = (uint)client, StepsDone = (uint)stepsDone, Steps = (uint)steps });
        }

        return progress;
    }

    /// <inheritdoc/>
    public void Progress(int client, int done, int total)
    {
        lock (gate)
        {
            if (atWork.ContainsKey(client))
                atWork[client] = (done, total);
        }
    }

    /// <inheritdoc/>
    public void StateChanged(int client, ReadOnlyMemory<byte> state) => inner.StateChanged(client, state);

    /// <inheritdoc/>
    public void Answered(int client, ReadOnlyMemory<byte> answer, IReadOnlyList<PartSize> parts)
    {
        inner.Answered(client, answer, parts);
        FaultPoint.Reach(FaultPoints.NodeClientDone);
    }

    /// <inheritdoc/>
    public void Combined(CombinedAnswer answer) => inner.Combined(answer);
}
