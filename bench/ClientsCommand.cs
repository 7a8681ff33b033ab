using System.CommandLine;
using System.Text.Json;
using Federated.ClientNode;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Rounds;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.FedAvg;

namespace Federated.Bench;

/// <summary>
/// Client-rounds a second of federated averaging in one process, by the way that a run takes: the server encodes the model, workers decode it, load a
/// client's images, train and encode what they have, the server decodes it, books every part and adds it up exactly. Only the evaluation and the
/// files of a run are left out. Images are generated. Memory is watched from the end of the untimed rounds to the end of the last.
/// </summary>
internal static class ClientsCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Model, as the catalog names it.", DefaultValueFactory = _ => "logistic-regression" };
        var samples = new Option<int>("--samples") { Description = "Images of a client.", DefaultValueFactory = _ => 60 };
        var batch = new Option<int>("--batch") { Description = "Images of a training step.", DefaultValueFactory = _ => 10 };
        var workers = new Option<int>("--workers") { Description = "Threads that train clients.", DefaultValueFactory = _ => 2 };
        var clients = new Option<int>("--clients") { Description = "Clients of a round.", DefaultValueFactory = _ => 1000 };
        var rounds = new Option<int>("--rounds") { Description = "Timed rounds.", DefaultValueFactory = _ => 10 };
        var untimed = new Option<int>("--untimed") { Description = "Rounds before them: compilation, and memory that is given once.", DefaultValueFactory = _ => 3 };
        var channels = new Option<int?>("--channels") { Description = "Channels of an image; default: 1 for logistic-regression and lenet-5, else 3." };
        var size = new Option<int?>("--size") { Description = "Rows and columns of an image; default: 28 or 32." };
        var command = new Command("clients", "Many small clients: client-rounds a second, allocation and growth of memory over all timed rounds.")
        {
            model, samples, batch, workers, clients, rounds, untimed, channels, size,
        };
        command.SetAction(result =>
        {
            bool isGrey = result.GetValue(model) is "logistic-regression" or "lenet-5";
            var images = new SyntheticOptions
            {
                Channels = result.GetValue(channels) ?? (isGrey ? 1 : 3),
                Size = result.GetValue(size) ?? (isGrey ? 28 : 32),
                TrainCount = result.GetValue(clients) * result.GetValue(samples),
                TestCount = 10,
            };
            var experiment = new ExperimentSpec
            {
                Name = "clients",
                Rounds = result.GetValue(untimed) + result.GetValue(rounds),
                Data = new DataSpec { Set = "synthetic" },
                Clients = new ClientsSpec { Count = result.GetValue(clients), DevelopmentFraction = 0 },
                Model = new ModelSpec { Name = result.GetValue(model)! },
                Training = new TrainingSpec
                {
                    Epochs = 1,
                    BatchSize = result.GetValue(batch),
                    Optimizer = new OptimizerSpec { Momentum = 0, WeightDecay = 0 },
                    LearningRate = new LearningRateSpec { Initial = 0.03 },
                },
                Evaluation = new EvaluationSpec { Every = result.GetValue(untimed) + result.GetValue(rounds) },
            };
            return RunAsync(experiment, images, result.GetValue(workers), result.GetValue(untimed));
        });
        return command;
    }

    private static async Task RunAsync(ExperimentSpec experiment, SyntheticOptions images, int workers, int untimed)
    {
        ExperimentContext context = ExperimentContext.Create(experiment, SyntheticSet.Create(images));
        using var pool = new WorkerPool(context, workers);
        var exchange = new TimedExchange(new NodeExchange(new LocalNode(context, pool, TimeProvider.System)));
        var rounds = new RoundMeter(exchange, untimed);
        var federation = new Federation(context, exchange, new PlannedServer(context), new MemoryStore(), rounds, TimeProvider.System, CancellationToken.None);
        await new FedAvg().RunAsync(federation, CancellationToken.None);

        int clients = context.Clients.Count;
        double[] perSecond = [.. rounds.Timed.Select(round => clients / round.Wall).Order()];
        double[] perProcessorSecond = [.. rounds.Timed.Select(round => clients / round.Processor).Order()];
        double processor = 1 / perProcessorSecond[^1];
        double allocated = rounds.Timed.Average(static round => round.Allocated) / clients;
        double exchanging = rounds.Timed.Min(static round => round.Exchange) / clients;
        double answering = rounds.Timed.Min(static round => round.Answers) / clients;
        double outside = rounds.Timed.Min(static round => round.Wall - round.Exchange) / clients;
        Console.WriteLine($"{context.Plan.Name}: {context.Plan.Parameters.Count:N0} values, {clients:N0} clients of {context.Clients[0].Samples} samples, batch {experiment.Training.BatchSize}, {workers} workers");
        Console.WriteLine($"  microseconds per client-round: with the clients {exchanging * 1e6:F1} (of which reading and adding answers {answering * 1e6:F1}), server apart from that {outside * 1e6:F1}; processor {processor * 1e6:F1}");
        Console.WriteLine($"  after {untimed} rounds {rounds.FirstResident / 1e6:F1} MB resident, after {rounds.Timed.Count} more {rounds.LastResident / 1e6:F1} MB; largest growth in between {rounds.LargestGrowth / 1e6:F2} MB; model {federation.Model!.Sha256()}");
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "clients",
            threads = workers,
            repeats = rounds.Timed.Count,
            model = context.Plan.Name,
            parameters = context.Plan.Parameters.Count,
            samples = context.Clients[0].Samples,
            batch = experiment.Training.BatchSize,
            clients,
            median = Math.Round(Quantiles.Of(perSecond, 0.5), 2),
            minimum = Math.Round(perSecond[0], 2),
            maximum = Math.Round(perSecond[^1], 2),
            processorMedian = Math.Round(Quantiles.Of(perProcessorSecond, 0.5), 2),
            processorMinimum = Math.Round(perProcessorSecond[0], 2),
            unit = "client-rounds/s",
            peakResidentBytes = ResultLine.PeakResidentBytes(),
            exchangeMicroseconds = Math.Round(exchanging * 1e6, 1),
            answerMicroseconds = Math.Round(answering * 1e6, 1),
            serverMicroseconds = Math.Round(outside * 1e6, 1),
            allocatedBytesPerClientRound = Math.Round(allocated),
            clientRounds = (long)clients * rounds.Timed.Count,
            residentGrowthBytes = rounds.LastResident - rounds.FirstResident,
            arenaBytes = pool.PeakWorkerBytes,
        }));
    }
}
