using System.Collections.Immutable;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Progress;

/// <summary>What a display needs to know of a run, kept under a lock that is held for a few instructions, so that a display never slows the run.</summary>
internal sealed class ProgressState(TimeProvider time)
{
    private const int KeptAccuracies = 60;

    private readonly Lock lockHeld = new();
    private readonly SortedDictionary<int, ClientBar> working = [];
    private readonly Queue<double> accuracies = new();
    private string title = "";
    private string folder = "";
    private string activity = "starting";
    private int rounds;
    private int completed;
    private int completedBefore;
    private RoundRecord? last;
    private double? accuracy;
    private double? best;
    private long up;
    private long down;
    private long began = time.GetTimestamp();
    private long roundsBegan = time.GetTimestamp();
    private long lastRoundEnded = time.GetTimestamp();
    private int phaseClients;
    private int phaseFinished;
    private string notice = "";
    private ImmutableArray<RoundRecord>? told;

    public void EarlierRounds(ImmutableArray<RoundRecord> rounds) => told = rounds;

    public void Notice(string text)
    {
        lock (lockHeld)
            notice = text;
    }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        ImmutableArray<RoundRecord> earlier = told ?? (completedRounds > 0 ? RunFolder.EarlierRounds(folder) : []);
        lock (lockHeld)
        {
            int clients = experiment.Clients.Count;
            title = $"{experiment.Name}: {experiment.Method.Name} with {experiment.Model.Name} on {experiment.Data.Set}, {clients:N0} {(clients == 1 ? "client" : "clients")}, seed {experiment.Seed}";
            this.folder = folder;
            rounds = experiment.Rounds;
            foreach (RoundRecord record in earlier)
                Add(record);
            completed = completedBefore = completedRounds;
            began = roundsBegan = lastRoundEnded = time.GetTimestamp();
        }
    }

    public void StepStarted(string description)
    {
        lock (lockHeld)
        {
            activity = description;
            EndPhase();
        }
    }

    public void PhaseStarted(int round, string phase, int clients)
    {
        lock (lockHeld)
        {
            if (completed == completedBefore && phaseClients == 0 && round == completed + 1)
                roundsBegan = time.GetTimestamp(); // what came before, such as pre-training, is no part of a round's time
            EndPhase();
            activity = $"round {round}, {phase}";
            phaseClients = clients;
        }
    }

    public void ClientProgress(int client, int done, int total)
    {
        lock (lockHeld)
            working[client] = new ClientBar(client, done, total);
    }

    public void ClientFinished(int client)
    {
        lock (lockHeld)
        {
            working.Remove(client);
            phaseFinished++;
        }
    }

    public void RoundCompleted(RoundRecord record)
    {
        lock (lockHeld)
        {
            Add(record);
            EndPhase();
            completed = record.Round;
            lastRoundEnded = time.GetTimestamp();
            if (record.Round == 0)
                roundsBegan = lastRoundEnded;
        }
    }

    /// <summary>The run as it stands, with at most <paramref name="bars"/> of the clients at work.</summary>
    public ProgressSnapshot Snapshot(int bars)
    {
        lock (lockHeld)
        {
            long now = time.GetTimestamp();
            return new ProgressSnapshot
            {
                Title = title,
                Folder = this.folder,
                Activity = activity,
                Rounds = rounds,
                Completed = completed,
                Last = last,
                Accuracy = this.accuracy,
                BestAccuracy = best,
                Accuracies = [.. accuracies],
                BytesUp = up,
                BytesDown = down,
                SecondsElapsed = time.GetElapsedTime(began, now).TotalSeconds,
                SecondsLeft = SecondsLeft(now),
                PhaseClients = phaseClients,
                PhaseFinished = phaseFinished,
                Notice = notice,
                Working = [.. working.Values.Take(bars)],
            };
        }
    }

    private double? SecondsLeft(long now)
    {
        int measured = completed - completedBefore;
        if (measured < 1)
            return null;
        double perRound = time.GetElapsedTime(roundsBegan, lastRoundEnded).TotalSeconds / measured;
        double sinceRound = time.GetElapsedTime(lastRoundEnded, now).TotalSeconds;
        return Math.Max(0, perRound * (rounds - completed) - Math.Min(sinceRound, perRound));
    }

    private void Add(RoundRecord record)
    {
        last = record;
        up += record.BytesUp;
        down += record.BytesDown;
        if (record.Accuracy is not { } accuracy)
            return;
        this.accuracy = accuracy;
        best = Math.Max(best ?? 0, accuracy);
        accuracies.Enqueue(accuracy);
        if (accuracies.Count > KeptAccuracies)
            accuracies.Dequeue();
    }

    private void EndPhase()
    {
        working.Clear();
        phaseClients = 0;
        phaseFinished = 0;
    }
}
