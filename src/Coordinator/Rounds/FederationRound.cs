using Federated.Engine.Randomness;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;

namespace Federated.Coordinator.Rounds;

/// <summary>
/// One round below the seam. Asking: encode what goes down once per form in which it must cross, book it for every client, run the clients,
/// decode and book what comes up, combine. Completing hands the model to the federation.
/// </summary>
internal sealed class FederationRound(Federation federation, int number) : Round(number)
{
    private readonly RoundTally tally = new(federation.Clients.Count);

    /// <summary>Costs so far.</summary>
    public RoundTally Tally => tally;

    public override Cohort Everyone() => new([.. federation.Clients]);

    public override Cohort Sample()
    {
        int wanted = federation.Experiment.Clients.PerRound;
        if (wanted == 0 || wanted >= federation.Clients.Count)
            return Everyone();
        int[] ids = [.. Enumerable.Range(0, federation.Clients.Count)];
        var random = new KeyedRandom(new RandomKey(federation.Experiment.Seed, RandomPurpose.Cohort, Number));
        random.Shuffle(ids.AsSpan());
        return new Cohort([.. ids.Take(wanted).Order().Select(id => federation.Clients[id])]);
    }

    public override async Task<TAnswer> AskAsync<TAnswer>(ClientTask<TAnswer> task, Cohort cohort, CancellationToken cancel)
    {
        federation.Observer.PhaseStarted(Number, task.Name, cohort.Clients.Length);
        EncodedPayload[] down = Encode(task.Parts, cohort);
        IAnswerCollector<TAnswer> collector = task.CreateCollector();
        var work = new NodeWork(Number, task.Name, [.. cohort.Clients.Select((client, place) => new ClientWork(client.Id, down[place].Bytes, task.Flops(client)))])
        {
            Parts = task.Parts,
            ServerParts = task.ServerParts.Count == 0 ? default : new Payload(task.ServerParts).Encode().Bytes,
            Answer = collector,
            StateOf = cohort.Clients.Any(client => federation.StateLimit(client) > 0) ? federation.ClientStates.Read : null,
        };
        LedgerPhase phase = federation.Ledger.BeginPhase(task.Name);
        Func<ClientDescription, PlannedAnswer> planned = client => new PlannedAnswer(() => task.PlannedAnswer(federation.Plan, client), task.PlannedCut(client), task.CutIsExact);
        var answers = new Answers(federation, task.Name, collector, cohort, phase, planned);
        await federation.Exchange.ExchangeAsync(work, planned, answers, cancel);
        answers.RequireAll();
        federation.ClientStates.CompletePhase();

        for (int place = 0; place < down.Length; place++)
        {
            int client = cohort.Clients[place].Id;
            phase.Book(client, Direction.Down, down[place]);
            federation.Holdings.Delivered(client, task.Parts);
        }

        federation.Exchange.Retain(federation.Holdings.Digests, []);
        tally.AddPhase(cohort.Clients.Select((client, place) => new ClientCosts(
            client, down[place].Length + answers.Traffic[place]!.BytesDown, task.Flops(client), answers.Traffic[place]!.BytesUp, task.ServerFlops(client), task.CutMessages(client))));
        return collector.Complete();
    }

    public override Task CompleteAsync(GlobalModel model, double? trainingLoss, CancellationToken cancel) => federation.CompleteAsync(this, model, trainingLoss, cancel);

    /// <summary>What each client of the cohort receives, by its place there.</summary>
    private EncodedPayload[] Encode(IReadOnlyList<TaskPart> parts, Cohort cohort)
    {
        var perForm = new Dictionary<string, EncodedPayload>(StringComparer.Ordinal);
        var perClient = new EncodedPayload[cohort.Clients.Length];
        for (int place = 0; place < perClient.Length; place++)
        {
            // Nearly always every client keeps what the one before it keeps.
            if (place > 0 && federation.Holdings.KeepTheSame(cohort.Clients[place - 1].Id, cohort.Clients[place].Id))
            {
                perClient[place] = perClient[place - 1];
                continue;
            }

            Part[] crossing = federation.Holdings.PartsFor(cohort.Clients[place].Id, parts);
            string form = ClientHoldings.FormOf(crossing);
            if (!perForm.TryGetValue(form, out EncodedPayload? encoded))
                perForm.Add(form, encoded = new Payload(crossing).Encode());
            perClient[place] = encoded;
        }

        return perClient;
    }
}
