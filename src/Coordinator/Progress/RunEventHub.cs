using System.Runtime.CompilerServices;
using Federated.Protocol.V1;

namespace Federated.Coordinator.Progress;

/// <summary>
/// What happens in one run, for any number of watchers. Each hears first in short what has happened so far (the start, all rounds, what is under way), then what happens. Publishing
/// never waits: a watcher that is slow misses steps of clients first, and one that falls further behind hears again in short what it missed.
/// </summary>
public sealed class RunEventHub
{
    /// <summary>Events that wait for one watcher at most; beyond them they are replaced by the short form.</summary>
    internal const int LongestQueue = 1024;

    // Steps come ten times a second from each client at work; a watcher with this many events waiting is not interested in more of them.
    private const int LongestQueueForSteps = 64;

    private readonly Lock gate = new();
    private readonly List<Watcher> watchers = [];
    private readonly List<(int Number, RunEvent Event)> rounds = [];
    private readonly List<uint> finishedClients = [];
    private RunEvent? started;
    private RunEvent? activity;
    private RunEvent? outcome;
    private bool complete;

    /// <summary>Whether anybody watches.</summary>
    public bool IsWatched
    {
        get
        {
            lock (gate)
                return watchers.Count > 0;
        }
    }

    /// <summary>Tells what happened. A round goes through <see cref="PublishRound"/> instead.</summary>
    public void Publish(RunEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (gate)
        {
            Remember(happened);
            Send(happened);
        }
    }

    /// <summary>Tells that a round is complete.</summary>
    /// <param name="number">Its number; 0 is the preparation.</param>
    /// <param name="happened">The event.</param>
    public void PublishRound(int number, RunEvent happened)
    {
        ArgumentNullException.ThrowIfNull(happened);
        lock (gate)
        {
            rounds.Add((number, happened));
            EndPhase();
            Send(happened);
        }
    }

    /// <summary>Nothing more will happen: watchers come to their end when they have heard everything.</summary>
    public void Complete()
    {
        lock (gate)
        {
            complete = true;
            foreach (Watcher watcher in watchers)
                watcher.Wake();
        }
    }

    /// <summary>What has happened so far in short, then what happens, until the run is over. Events must not be changed: all watchers share them.</summary>
    public async IAsyncEnumerable<RunEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        using Watcher watcher = new();
        lock (gate)
            watchers.Add(watcher);
        try
        {
            while (true)
            {
                RunEvent[] next;
                lock (gate)
                {
                    next = watcher.IsBehind ? InShort(watcher) : watcher.TakeAll();
                    if (next.Length == 0 && complete)
                        yield break;
                }

                foreach (RunEvent happened in next)
                    yield return happened;
                if (next.Length == 0)
                    await watcher.Awake.WaitAsync(cancel);
            }
        }
        finally
        {
            lock (gate)
                watchers.Remove(watcher);
        }
    }

    private void Remember(RunEvent happened)
    {
        switch (happened.KindCase)
        {
            case RunEvent.KindOneofCase.Started:
                // What is known of an earlier start is said again by who starts the run anew.
                started = happened;
                rounds.Clear();
                outcome = null;
                EndPhase();
                break;
            case RunEvent.KindOneofCase.Step or RunEvent.KindOneofCase.Phase:
                EndPhase();
                activity = happened;
                break;
            case RunEvent.KindOneofCase.ClientFinished:
                finishedClients.AddRange(happened.ClientFinished.Clients);
                break;
            case RunEvent.KindOneofCase.Finished or RunEvent.KindOneofCase.State:
                EndPhase();
                outcome = happened;
                break;
        }
    }

    private void EndPhase()
    {
        activity = null;
        finishedClients.Clear();
    }

    private void Send(RunEvent happened)
    {
        bool isStep = happened.KindCase is RunEvent.KindOneofCase.Client;
        foreach (Watcher watcher in watchers)
        {
            if (!watcher.IsBehind && (!isStep || watcher.Waiting < LongestQueueForSteps))
                watcher.Add(happened);
        }
    }

    private RunEvent[] InShort(Watcher watcher)
    {
        List<RunEvent> said = [];
        if (started is not null && !ReferenceEquals(started, watcher.Started))
        {
            RunEvent now = started.Clone();
            now.Started.CompletedRounds = (uint)Math.Max(0, rounds.Count == 0 ? 0 : rounds[^1].Number);
            said.Add(now);
            watcher.RoundsKnown = 0;
        }

        said.AddRange(rounds.Skip(watcher.RoundsKnown).Select(static round => round.Event));
        if (activity is not null)
            said.Add(activity);
        if (finishedClients.Count > 0)
            said.Add(new RunEvent { ClientFinished = new ClientFinished { Clients = { finishedClients } } });
        if (outcome is not null)
            said.Add(outcome);
        watcher.CatchUp(started, rounds.Count);
        return [.. said];
    }

    /// <summary>The queue of one watcher; guarded by the hub's lock.</summary>
    private sealed class Watcher : IDisposable
    {
        private readonly Queue<RunEvent> waiting = new();

        /// <summary>Free after something was added, or nothing more will be.</summary>
        public SemaphoreSlim Awake { get; } = new(0, 1);

        /// <summary>Whether it has to hear in short what it does not know; so it begins.</summary>
        public bool IsBehind { get; private set; } = true;

        public int Waiting => waiting.Count;

        /// <summary>The start that it knows of.</summary>
        public RunEvent? Started { get; private set; }

        /// <summary>Rounds after that start that it knows of.</summary>
        public int RoundsKnown { get; set; }

        public void Add(RunEvent happened)
        {
            if (waiting.Count < LongestQueue)
            {
                waiting.Enqueue(happened);
            }
            else
            {
                // Rounds that are dropped here were not counted as known yet.
                waiting.Clear();
                IsBehind = true;
            }

            Wake();
        }

        public RunEvent[] TakeAll()
        {
            RunEvent[] all = [.. waiting];
            waiting.Clear();
            foreach (RunEvent happened in all)
            {
                if (happened.KindCase is RunEvent.KindOneofCase.Started)
                    (Started, RoundsKnown) = (happened, 0);
                else if (happened.KindCase is RunEvent.KindOneofCase.Round)
                    RoundsKnown++;
            }

            return all;
        }

        public void CatchUp(RunEvent? start, int roundsKnown)
        {
            IsBehind = false;
            (Started, RoundsKnown) = (start, roundsKnown);
        }

        public void Wake()
        {
            if (Awake.CurrentCount == 0)
                Awake.Release();
        }

        public void Dispose() => Awake.Dispose();
    }
}
