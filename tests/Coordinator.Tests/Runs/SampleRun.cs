using System.Collections.Immutable;
using Federated.Coordinator.Runs;
using Federated.Engine.Numerics;
using Federated.Engine.Randomness;

namespace Federated.Coordinator.Tests.Runs;

/// <summary>Records that look like a real run of a pruned network, drawn from a seed.</summary>
internal sealed record SampleRun
{
    public int Rounds { get; init; } = 30;
    public int Clients { get; init; } = 10;
    public int Layers { get; init; } = 19;
    public int Classes { get; init; } = 10;
    public int EvaluateEvery { get; init; } = 1;
    public ulong Seed { get; init; } = 1;
    public string Method { get; init; } = "fedtiny";
    public double Density { get; init; } = 0.05;
    public bool Preparation { get; init; }
    public double Level { get; init; } = 0.86;

    public ImmutableArray<RoundRecord> Records()
    {
        KeyedRandom random = new(new RandomKey(Seed, default));
        ImmutableArray<RoundRecord>.Builder records = ImmutableArray.CreateBuilder<RoundRecord>();
        double[] densities = [.. Enumerable.Range(0, Layers).Select(layer => Math.Min(1, Density * (2.4 - 1.8 * layer / Math.Max(1, Layers - 1))))];
        for (int round = Preparation ? 0 : 1; round <= Rounds; round++)
        {
            double progress = 1 - DeterministicMath.Exp(-round / (0.18 * Rounds + 1));
            bool evaluated = round > 0 && round % EvaluateEvery == 0 || round == Rounds;
            bool pruning = Density < 1 && round > 0 && round % 5 == 0 && round <= 2 * Rounds / 3;
            for (int layer = 0; pruning && layer < Layers; layer++)
                densities[layer] = Math.Clamp(densities[layer] * (0.9 + 0.2 * random.NextDouble()), 0.001, 1);
            long perClient = (long)(Density * 272_474 * 4 * (1.01 + 0.02 * random.NextDouble()));
            SortedDictionary<string, long> kinds = new(StringComparer.Ordinal)
            {
                ["down/batchNormStatistics"] = 5_632L * Clients,
                ["down/sparseValues"] = perClient * Clients,
                ["up/batchNormStatistics"] = 5_632L * Clients,
                ["up/sparseValues"] = perClient * Clients,
                ["up/scalars"] = 16L * Clients,
            };
            if (pruning || round == 1)
                kinds["down/mask"] = 34_060L * Clients;
            if (pruning)
                kinds["up/topGradients"] = 9_600L * Clients;
            records.Add(new RoundRecord
            {
                Round = round,
                Accuracy = evaluated ? Math.Clamp(0.1 + (Level - 0.1) * progress + 0.012 * random.NextNormal() * (1.2 - progress), 0, 1) : null,
                Loss = evaluated ? 2.3 - 1.9 * progress : null,
                TrainingLoss = round == 0 ? null : 2.25 - 2.0 * progress,
                Density = Density,
                LayerDensities = [.. densities],
                MaskGrown = pruning ? (int)(400 * (1 - (double)round / Rounds) + 50 * random.NextDouble()) : 0,
                Clients = Clients,
                BytesUp = kinds.Where(kind => kind.Key.StartsWith("up/", StringComparison.Ordinal)).Sum(kind => kind.Value),
                BytesDown = kinds.Where(kind => kind.Key.StartsWith("down/", StringComparison.Ordinal)).Sum(kind => kind.Value),
                BytesByKind = kinds.ToImmutableSortedDictionary(StringComparer.Ordinal),
                FlopsPerClient = 6.1e11 * Density * (pruning ? 1.15 : 1),
                VirtualSeconds = 38 + 6 * random.NextDouble() + (pruning ? 9 : 0),
                WallSeconds = 4.2 + random.NextDouble(),
            });
        }

        return records.ToImmutable();
    }

    public ImmutableArray<ClientRecord> ClientRecords()
    {
        ImmutableArray<ClientRecord>.Builder clients = ImmutableArray.CreateBuilder<ClientRecord>();
        for (int client = 0; client < Clients; client++)
        {
            KeyedRandom random = new(new RandomKey(Seed, default, Client: client + 1));
            double[] shares = [.. Enumerable.Range(0, Classes).Select(_ => random.NextGamma(0.5))];
            double sum = shares.Sum();
            ImmutableArray<int> counts = [.. shares.Select(share => (int)(share / sum * 6000))];
            int total = counts.Sum();
            clients.Add(new ClientRecord
            {
                Id = client,
                TrainingSamples = total - total / 10,
                DevelopmentSamples = total / 10,
                ClassCounts = counts,
                Device = client % 3 == 0 ? "phone" : client % 3 == 1 ? "phone-low" : "board",
            });
        }

        return clients.ToImmutable();
    }

    public RunSummary Summary()
    {
        ImmutableArray<RoundRecord> records = Records();
        SortedDictionary<string, long> kinds = new(StringComparer.Ordinal);
        foreach ((string kind, long bytes) in records.SelectMany(record => record.BytesByKind))
            kinds[kind] = kinds.GetValueOrDefault(kind) + bytes;
        return new RunSummary
        {
            Name = $"{Method}-{Density:0.##}",
            Method = Method,
            Model = "resnet-20",
            Dataset = "fashion-mnist",
            Seed = Seed,
            Rounds = Rounds,
            RoundsPlanned = Rounds,
            Clients = Clients,
            Density = Density,
            Parameters = 272_474,
            ParametersKept = (long)(272_474 * Density),
            FinalAccuracy = records[^1].Accuracy ?? 0,
            BestAccuracy = records.Max(record => record.Accuracy) ?? 0,
            BytesUp = records.Sum(record => record.BytesUp),
            BytesDown = records.Sum(record => record.BytesDown),
            BytesByKind = kinds.ToImmutableSortedDictionary(StringComparer.Ordinal),
            FlopsPerClientRound = records.Max(record => record.FlopsPerClient),
            DenseFlopsPerClientRound = 6.1e11,
            PeakClientMemoryBytes = (long)(4_359_584 * Density) + 34_060,
            DenseClientMemoryBytes = 4_359_584,
            ActivationBytes = 23_068_672,
            WorkerArenaBytes = 31_457_280,
            LayerNames = [.. Enumerable.Range(0, Layers).Select(layer => layer == 0 ? "stem.weight" : layer == Layers - 1 ? "classifier.weight"
                : $"stage{(layer - 1) / 6 + 1}.block{(layer - 1) % 6 / 2 + 1}.conv{(layer - 1) % 2 + 1}.weight")],
            VirtualSeconds = records.Sum(record => record.VirtualSeconds),
            WallSeconds = records.Sum(record => record.WallSeconds),
            ModelSha256 = "3f2a9c0d5b7e41868f0e6d2c4b9a7f131de5a0c68b24f79d0e3c5a1b8f6d4270",
            LedgerSha256 = "a94d1e60c7b25f388e0d4f91b6c3a7520f8e9d1c4b6a35e7d2f0c8b1a9e47d36",
            Version = "0.1.0",
        };
    }

    public string Specification() => $"""
        name: {Method}-{Density:0.##}
        seed: {Seed}
        rounds: {Rounds}
        data:
          set: fashion-mnist
          padTo: 32
          augmentation:
            crop: 4
            flip: true
        clients:
          count: {Clients}
          perRound: 0
          partition:
            kind: dirichlet
            alpha: 0.5
          devices:
          - profile: phone
            share: 1
          - profile: board
            share: 2
        model:
          name: resnet-20
        training:
          epochs: 5
          batchSize: 64
          optimizer:
            kind: sgd
            momentum: 0.9
        method:
          name: {Method}
        evaluation:
          every: {EvaluateEvery}

        """;
}
