using System.Collections.Immutable;
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
    private readonly RoundTally tally = new();

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
        Dictionary<int, EncodedPayload> down = Encode(task.Parts, cohort);
        var work = new NodeWork(Number, task.Name, [.. cohort.Clients.Select(client => new ClientWork(client.Id, down[client.Id].Bytes))]);
        var answers = new Answers<TAnswer>(federation, task, cohort);
        await federation.Exchange.ExchangeAsync(work, client => task.PlannedAnswer(federation.Plan, client), answers, cancel);
        answers.RequireAll();

        LedgerPhase phase = federation.Ledger.BeginPhase(task.Name);
        foreach (ClientDescription client in cohort.Clients)
        {
            phase.Book(client.Id, Direction.Down, down[client.Id]);
            phase.Book(client.Id, Direction.Up, answers.Encoded[client.Id]);
            federation.Holdings.Delivered(client.Id, task.Parts);
        }

        federation.Exchange.Retain(federation.Holdings.Digests, []);
        tally.AddPhase(cohort.Clients.Select(client => (client, (long)down[client.Id].Length, task.Flops(client), (long)answers.Encoded[client.Id].Length)));
        return answers.Complete();
    }

    public override Task CompleteAsync(GlobalModel model, double? trainingLoss, CancellationToken cancel) => federation.CompleteAsync(this, model, trainingLoss, cancel);

    private Dictionary<int, EncodedPayload> Encode(IReadOnlyList<TaskPart> parts, Cohort cohort)
    {
        var perForm = new Dictionary<string, EncodedPayload>(StringComparer.Ordinal);
        var perClient = new Dictionary<int, EncodedPayload>();
        foreach (ClientDescription client in cohort.Clients)
        {
            Part[] crossing = federation.Holdings.PartsFor(client.Id, parts);
            string form = ClientHoldings.FormOf(crossing);
            if (!perForm.TryGetValue(form, out EncodedPayload? encoded))
                perForm.Add(form, encoded = new Payload(crossing).Encode());
            perClient.Add(client.Id, encoded);
        }

        return perClient;
    }

    /// <summary>Decodes and combines answers as they arrive.</summary>
    private sealed class Answers<TAnswer>(Federation federation, ClientTask<TAnswer> task, Cohort cohort) : INodeObserver
    {
        private readonly IAnswerCollector<TAnswer> collector = task.CreateCollector();
        private readonly ImmutableDictionary<int, ClientDescription> expected = cohort.Clients.ToImmutableDictionary(static c => c.Id);
        private readonly PayloadContext context = federation.AnswerContext(task.Parts);

        public Dictionary<int, EncodedPayload> Encoded { get; } = [];

        public void Progress(int client, int done, int total) => federation.Observer.ClientProgress(client, done, total);

        public void Answered(int client, EncodedPayload answer)
        {
            ClientDescription description = expected.GetValueOrDefault(client)
                ?? throw new ClientAnswerException($"Client {client} answered '{task.Name}' without having been asked.");
            if (!Encoded.TryAdd(client, answer))
                return; // A repeated answer is the same answer: it has been counted.
            Payload payload;
            try
            {
                payload = Payload.Decode(answer.Bytes, context);
            }
            catch (PayloadException e)
            {
                throw new ClientAnswerException($"The answer of {description.Name} to '{task.Name}' cannot be read. {e.Message}", e);
            }

            collector.Add(description, payload);
            federation.Observer.ClientFinished(client);
        }

        public void RequireAll()
        {
            if (Encoded.Count != expected.Count)
                throw new ClientAnswerException($"{expected.Count - Encoded.Count} of {expected.Count} clients did not answer '{task.Name}'.");
        }

        public TAnswer Complete() => collector.Complete();
    }
}
