using System.Collections.Immutable;
using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Progress;

/// <summary>What a display needs to know of a run, kept under a lock that is held for a few instructions, so that a display never slows the run.</summary>
internal sealed class ProgressState(TimeProvider time)
{
    private const int KeptAccuracies = 60;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, ClientBar> _working = [];
    private readonly Queue<double> _accuracies = new();
    private string _title = "";
    private string _folder = "";
    private string _activity = "starting";
    private int _rounds;
    private int _completed;
    private int _completedBefore;
    private RoundRecord? _last;
    private double? _accuracy;
    private double? _best;
    private long _up;
    private long _down;
    private long _began = time.GetTimestamp();
    private long _roundsBegan = time.GetTimestamp();
    private long _lastRoundEnded = time.GetTimestamp();
    private int _phaseClients;
    private int _phaseFinished;

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
        ImmutableArray<RoundRecord> earlier = completedRounds > 0 ? Earlier(folder) : [];
        lock (_lock)
        {
            int clients = experiment.Clients.Count;
            _title = $"{experiment.Name}: {experiment.Method.Name} with {experiment.Model.Name} on {experiment.Data.Set}, {clients:N0} {(clients == 1 ? "client" : "clients")}, seed {experiment.Seed}";
            _folder = folder;
            _rounds = experiment.Rounds;
            foreach (RoundRecord record in earlier)
                Add(record);
            _completed = _completedBefore = completedRounds;
            _began = _roundsBegan = _lastRoundEnded = time.GetTimestamp();
        }
    }

    public void StepStarted(string description)
    {
        lock (_lock)
        {
            _activity = description;
            EndPhase();
        }
    }

    public void PhaseStarted(int round, string phase, int clients)
    {
        lock (_lock)
        {
            if (_completed == _completedBefore && _phaseClients == 0 && round == _completed + 1)
                _roundsBegan = time.GetTimestamp(); // what came before, such as pre-training, is no part of a round's time
            EndPhase();
            _activity = $"round {round}, {phase}";
            _phaseClients = clients;
        }
    }

    public void ClientProgress(int client, int done, int total)
    {
        lock (_lock)
            _working[client] = new ClientBar(client, done, total);
    }

    public void ClientFinished(int client)
    {
        lock (_lock)
        {
            _working.Remove(client);
            _phaseFinished++;
        }
    }

    public void RoundCompleted(RoundRecord record)
    {
        lock (_lock)
        {
            Add(record);
            EndPhase();
            _completed = record.Round;
            _lastRoundEnded = time.GetTimestamp();
            if (record.Round == 0)
                _roundsBegan = _lastRoundEnded;
        }
    }

    /// <summary>The run as it stands, with at most <paramref name="bars"/> of the clients at work.</summary>
    public ProgressSnapshot Snapshot(int bars)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            return new ProgressSnapshot
            {
                Title = _title,
                Folder = _folder,
                Activity = _activity,
                Rounds = _rounds,
                Completed = _completed,
                Last = _last,
                Accuracy = _accuracy,
                BestAccuracy = _best,
                Accuracies = [.. _accuracies],
                BytesUp = _up,
                BytesDown = _down,
                SecondsElapsed = time.GetElapsedTime(_began, now).TotalSeconds,
                SecondsLeft = SecondsLeft(now),
                PhaseClients = _phaseClients,
                PhaseFinished = _phaseFinished,
                Working = [.. _working.Values.Take(bars)],
            };
        }
    }

    /// <summary>The rounds of earlier invocations; without them the totals count from here, which is no reason to stop a run.</summary>
    private static ImmutableArray<RoundRecord> Earlier(string folder)
    {
        try
        {
            using RunFolder opened = RunFolder.Open(folder);
            return opened.ReadRounds();
        }
        catch (RunFolderException)
        {
            return [];
        }
    }

    private double? SecondsLeft(long now)
    {
        int measured = _completed - _completedBefore;
        if (measured < 1)
            return null;
        double perRound = time.GetElapsedTime(_roundsBegan, _lastRoundEnded).TotalSeconds / measured;
        double sinceRound = time.GetElapsedTime(_lastRoundEnded, now).TotalSeconds;
        return Math.Max(0, perRound * (_rounds - _completed) - Math.Min(sinceRound, perRound));
    }

    private void Add(RoundRecord record)
    {
        _last = record;
        _up += record.BytesUp;
        _down += record.BytesDown;
        if (record.Accuracy is not { } accuracy)
            return;
        _accuracy = accuracy;
        _best = Math.Max(_best ?? 0, accuracy);
        _accuracies.Enqueue(accuracy);
        if (_accuracies.Count > KeptAccuracies)
            _accuracies.Dequeue();
    }

    private void EndPhase()
    {
        _working.Clear();
        _phaseClients = 0;
        _phaseFinished = 0;
    }
}
