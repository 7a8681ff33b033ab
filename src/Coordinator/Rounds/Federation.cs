using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Federated.Coordinator.Runs;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.Server;
using Federated.Methods.Splitting;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
using Federated.Pruning.Adjustment;

namespace Federated.Coordinator.Rounds;

/// <summary>The federation that a method's server half works with, over one way of exchanging payloads and one place to save to.</summary>
internal sealed class Federation(
    ExperimentContext context,
    IClientExchange exchange,
    IServerCompute server,
    IRoundStore store,
    IRunObserver observer,
    TimeProvider time,
    CancellationToken stopAfterRound) : IFederation
{
    private int completedRounds = -1; // −1: not even the preparation; 0: prepared; n: n training rounds
    private Mask? previousMask;
    private long roundStarted;

    public ExperimentSpec Experiment => context.Experiment;

    public SplitProgram Split => context.Split;

    public NetworkPlan Plan => context.Plan;

    public IReadOnlyList<ClientDescription> Clients => context.Clients;

    public IServerCompute Server { get; } = server;

    public GlobalModel? Model { get; private set; }

    /// <summary>Rounds completed, the preparation not counted.</summary>
    public int CompletedRounds => Math.Max(0, completedRounds);

    /// <summary>Operations of all clients in the rounds completed by this invocation.</summary>
    public double TotalFlops { get; private set; }

    public IClientExchange Exchange { get; } = exchange;

    public IRunObserver Observer { get; } = observer;

    public Ledger Ledger { get; } = store.Ledger;

    public ClientHoldings Holdings { get; } = new();

    /// <summary>What clients hold on to.</summary>
    public ClientStates ClientStates { get; } = store.ClientStates;

    /// <summary>Most bytes of a client's state; 0: its state stays empty.</summary>
    public int StateLimit(ClientDescription client) => ClientStateLimit.Of(context, client);

    /// <summary>The arrays that answers are decoded into, one answer after the other.</summary>
    public VectorPool AnswerVectors { get; } = new();

    /// <summary>Continues after the round that the checkpoint was saved at.</summary>
    public void Restore(Checkpoint checkpoint)
    {
        completedRounds = checkpoint.Round;
        Model = checkpoint.Model;
        previousMask = checkpoint.Model.Mask;
        Holdings.Restore(checkpoint.KeptParts, checkpoint.KeptNames);
        Exchange.Retain(Holdings.Digests, checkpoint.KeptParts);
    }

    public Round Preparation() => Begin(0);

    public async IAsyncEnumerable<Round> RoundsAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        for (int number = CompletedRounds + 1; number <= Experiment.Rounds; number++)
        {
            if (stopAfterRound.IsCancellationRequested)
                yield break;
            yield return Begin(number);
            if (completedRounds != number)
                throw new InvalidOperationException($"The method left round {number} without completing it.");
        }

        await Task.CompletedTask;
    }

    /// <summary>Evaluates, records and saves the round.</summary>
    public async Task CompleteAsync(FederationRound round, GlobalModel model, double? trainingLoss, CancellationToken cancel)
    {
        Evaluation? evaluation = null;
        if (round.Number % Experiment.Evaluation.Every == 0 || round.Number == Experiment.Rounds)
        {
            Observer.StepStarted("evaluating the global model");
            evaluation = await Server.EvaluateAsync(model, cancel);
        }

        Holdings.EndRound();
        Exchange.Retain(Holdings.Digests, []);
        LedgerRound ledgerRound = Ledger.CompleteRound();
        var record = new RoundRecord
        {
            Round = round.Number,
            Accuracy = evaluation?.Accuracy,
            Loss = evaluation?.Loss,
            TrainingLoss = trainingLoss,
            Density = model.Mask.Density,
            LayerDensities = LayerDensities(model.Mask),
            MaskGrown = previousMask is null ? 0 : (int)MaskOverlap.Of(previousMask, model.Mask).OnlySecond,
            Clients = round.Tally.Clients,
            BytesUp = Ledger.Totals.Sum(round.Number, direction: Direction.Up),
            BytesDown = Ledger.Totals.Sum(round.Number, direction: Direction.Down),
            BytesByKind = ByteKinds.Of(Ledger.Totals, round.Number),
            FlopsPerClient = round.Tally.FlopsOfBusiestClient,
            ServerFlops = round.Tally.ServerFlops,
            VirtualSeconds = round.Tally.VirtualSeconds,
            WallSeconds = time.GetElapsedTime(roundStarted).TotalSeconds,
        };
        await store.SaveRoundAsync(record, ledgerRound, new Checkpoint(round.Number, model, [.. Holdings.Parts], [.. Holdings.KeptNames], Ledger.Digest, ClientStates.Commit()), cancel);
        completedRounds = round.Number;
        TotalFlops += round.Tally.TotalFlops;
        Model = model;
        previousMask = model.Mask;
        Observer.RoundCompleted(record);
    }

    private FederationRound Begin(int number)
    {
        roundStarted = time.GetTimestamp();
        Ledger.AbandonRound();
        ClientStates.AbandonRound();
        Ledger.BeginRound(number);
        return new FederationRound(this, number);
    }

    private static ImmutableArray<double> LayerDensities(Mask mask) =>
        [.. Enumerable.Range(0, mask.Layout.Tensors.Length).Where(i => mask.Layout.Tensors[i].IsPrunable).Select(mask.TensorDensity)];
}
