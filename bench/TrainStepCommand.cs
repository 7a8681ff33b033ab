using System.CommandLine;
using System.Text.Json;
using Federated.Engine.Kernels;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;

namespace Federated.Bench;

/// <summary>
/// Times one training step on one thread: forward pass, loss, backward pass and SGD with momentum and weight decay, on random images. All prunable tensors
/// but the first and the last have the same density; those two are dense.
/// </summary>
internal static class TrainStepCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "Model, as the catalog names it.", DefaultValueFactory = _ => "resnet-18" };
        var width = new Option<double>("--width") { Description = "Factor on the channels.", DefaultValueFactory = _ => 1 };
        var channels = new Option<int>("--channels") { Description = "Channels of an image.", DefaultValueFactory = _ => 3 };
        var size = new Option<int>("--size") { Description = "Rows and columns of an image.", DefaultValueFactory = _ => 32 };
        var density = new Option<double>("--density") { Description = "Kept share of the weights, 0…1.", DefaultValueFactory = _ => 0.01 };
        var batch = new Option<int>("--batch") { Description = "Images.", DefaultValueFactory = _ => 64 };
        var repeats = new Option<int>("--repeats") { Description = "Timed steps after one untimed.", DefaultValueFactory = _ => 15 };
        var vectors = new Option<VectorWidth>("--vector-width") { Description = "V128, V256 or V512.", DefaultValueFactory = _ => VectorWidths.Best };
        var layers = new Option<bool>("--layers") { Description = "Also say how long each kind of layer takes." };
        var command = new Command("train-step", "One training step of a whole network, one thread.")
        {
            model, width, channels, size, density, batch, repeats, vectors, layers,
        };
        command.SetAction(result =>
        {
            NetworkPlan plan = ModelCatalog.Create(
                result.GetValue(model)!, new ModelInput(result.GetValue(channels), result.GetValue(size), result.GetValue(size), 10), result.GetValue(width));
            using var network = new Network(plan, result.GetValue(batch), result.GetValue(vectors));
            network.SetMask(UniformMask(plan.Parameters, result.GetValue(density)));
            Run(network, result.GetValue(width), result.GetValue(density), result.GetValue(repeats), result.GetValue(vectors), result.GetValue(layers));
        });
        return command;
    }

    private static void Run(Network network, double width, double density, int repeats, VectorWidth vectors, bool layers)
    {
        int batch = network.MaximumBatch;
        int[] labels = Fill(network);
        var optimizer = new Sgd(momentum: 0.9f, weightDecay: 5e-4f);
        optimizer.Reset(network.Mask.Count);
        var timings = new Timings(repeats);
        double loss = 0;
        int step = 0;
        timings.Measure(() =>
        {
            network.Forward(ForwardMode.Train, batch, new RandomKey(1, RandomPurpose.Dropout, Step: step++));
            loss = network.Loss(labels).LossSum / batch;
            network.Backward();
            optimizer.Step(network.Values, network.Gradients, 0.01f);
        });
        Console.WriteLine($"{network.Plan.Name}: {network.Mask.Count:N0} of {network.Plan.Parameters.Count:N0} values, arena {network.ArenaBytes / 1e6:F0} MB, loss {loss:F4}");
        if (layers)
            PrintLayers(network, labels, repeats);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            benchmark = "train-step",
            model = network.Plan.Name,
            width,
            density,
            batch,
            vectorWidth = (int)vectors,
            repeats,
            loss,
            median = Math.Round(timings.Median, 3),
            minimum = Math.Round(timings.Minimum, 3),
            processorMedian = Math.Round(timings.ProcessorMedian, 3),
            processorMinimum = Math.Round(timings.ProcessorMinimum, 3),
            unit = "ms",
            imagesPerSecond = Math.Round(batch / timings.Median * 1000, 1),
            imagesPerProcessorSecond = Math.Round(batch / timings.ProcessorMedian * 1000, 1),
        }));
    }

    private static void PrintLayers(Network network, int[] labels, int repeats)
    {
        var times = new SortedDictionary<string, (double Forward, double Backward)>(StringComparer.Ordinal);
        for (int i = 0; i < repeats; i++)
        {
            foreach ((string kind, double forward, double backward) in network.TimeLayers(labels, new ProcessorTimeProvider()))
            {
                (double f, double b) = times.GetValueOrDefault(kind);
                times[kind] = (f + (forward / repeats), b + (backward / repeats));
            }
        }

        foreach ((string kind, (double forward, double backward)) in times)
            Console.WriteLine($"  {kind,-24} forward {forward,8:F2} ms, backward {backward,8:F2} ms; mean processor times");
    }

    private static int[] Fill(Network network)
    {
        NetworkPlan plan = network.Plan;
        network.Mask.Gather(Initialization.Values(plan, seed: 1), network.Values);
        var random = new KeyedRandom(new RandomKey(1, RandomPurpose.Synthetic));
        float[] image = new float[plan.InputCount];
        int[] labels = new int[network.MaximumBatch];
        for (int i = 0; i < labels.Length; i++)
        {
            foreach (ref float pixel in image.AsSpan())
                pixel = (float)random.NextNormal();
            network.SetImage(i, image);
            labels[i] = random.Next(plan.Classes);
        }

        return labels;
    }

    private static Mask UniformMask(ParameterLayout layout, double density)
    {
        int[] prunable = [.. Enumerable.Range(0, layout.Tensors.Length).Where(i => layout.Tensors[i].IsPrunable)];
        var sets = new BitSet?[layout.Tensors.Length];
        foreach (int tensor in prunable.Length > 2 ? prunable[1..^1] : [])
        {
            int count = layout.Tensors[tensor].Count;
            int[] positions = [.. Enumerable.Range(0, count)];
            new KeyedRandom(new RandomKey(1, RandomPurpose.PruningScore, Client: tensor)).Shuffle<int>(positions);
            sets[tensor] = BitSet.FromPositions(count, positions.AsSpan(0, Math.Max(1, (int)(density * count))));
        }

        return new Mask(layout, sets);
    }
}
