using System.CommandLine;
using Federated.Engine.Networks;

namespace Federated.Bench;

/// <summary>Times one training step of a whole network on random images, with the operations and bytes that bound it, its memory and its managed allocation.</summary>
internal static class TrainStepCommand
{
    public static Command Create()
    {
        var command = new Command("train-step", "One training step of a whole network.");
        var options = new TrainingOptions(command, defaultRepeats: 15);
        var layers = new Option<bool>("--layers") { Description = "Also say how long each kind of layer takes." };
        command.Add(layers);
        command.SetAction(result => Run(options.Read(result), result.GetValue(layers)));
        return command;
    }

    private static void Run(TrainingSetting setting, bool layers)
    {
        using var subject = new TrainingSubject(setting);
        Network network = subject.Network;
        var timings = new Timings(setting.Repeats);
        timings.Measure(subject.Step);
        StepCost cost = StepCost.Of(network.Plan, network.Mask, setting.Batch);
        double median = timings.Median;
        double gigaflops = cost.Operations / median / 1e6;
        double operandRate = cost.OperandBytes / median / 1e6;
        double layerRate = cost.LayerBytes / median / 1e6;
        Console.WriteLine($"{network.Plan.Name}: {network.Mask.Count:N0} of {network.Plan.Parameters.Count:N0} values, arena {network.ArenaBytes / 1e6:F0} MB, "
            + $"peak resident memory {ResultLine.PeakResidentBytes() / 1e6:F0} MB, managed allocation {timings.AllocatedBytes} bytes in {timings.Count} steps, loss {subject.Loss:F4}");
        Console.WriteLine($"  {cost.Operations / 1e9:F2} GFLOP on kept weights in {median:F1} ms: {gigaflops:F1} GFLOP/s, which read {operandRate:F0} GB/s of activations from the caches; "
            + $"{cost.LayerBytes / 1e6:F0} MB of operands and results of layers: {layerRate:F1} GB/s");
        if (layers)
            PrintLayers(subject, setting.Repeats);
        ResultLine.Write("train-step", timings, setting.Threads, new
        {
            model = network.Plan.Name,
            setting.Width,
            setting.Density,
            setting.Batch,
            vectorWidth = (int)setting.Vectors,
            parameters = network.Plan.Parameters.Count,
            kept = network.Mask.Count,
            loss = subject.Loss,
            imagesPerSecond = Math.Round(setting.Batch / median * 1000, 1),
            operations = cost.Operations,
            operandBytes = cost.OperandBytes,
            layerBytes = cost.LayerBytes,
            gigaflopsPerSecond = Math.Round(gigaflops, 2),
            operandGigabytesPerSecond = Math.Round(operandRate, 2),
            layerGigabytesPerSecond = Math.Round(layerRate, 2),
            managedBytesPerStep = (double)timings.AllocatedBytes / timings.Count,
            arenaBytes = network.ArenaBytes,
        });
    }

    private static void PrintLayers(TrainingSubject subject, int repeats)
    {
        var times = new Dictionary<string, double>();
        for (int i = 0; i < repeats; i++)
        {
            foreach ((string layer, StepKind step, double milliseconds) in subject.Network.TimeSteps(subject.Labels, new ProcessorTimeProvider()))
                times[$"{layer}, {step}"] = times.GetValueOrDefault($"{layer}, {step}") + (milliseconds / repeats);
        }

        foreach ((string step, double milliseconds) in times)
            Console.WriteLine($"  {step,-40} {milliseconds,8:F2} ms; mean processor time");
    }
}
