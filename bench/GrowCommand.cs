using System.CommandLine;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;

namespace Federated.Bench;

/// <summary>
/// Times the growth step of one layer at a time: what a backward pass takes longer when it also streams the dense gradient of one layer's weights past the heap of
/// the largest, beside the whole training step that was measured in turn with it. The result is the layer with the largest ratio of the two.
/// </summary>
internal static class GrowCommand
{
    public static Command Create()
    {
        var command = new Command("grow", "The growth step of one layer against a training step measured in the same run.");
        var options = new TrainingOptions(command, defaultRepeats: 5);
        var tensors = new Option<string[]>("--tensor")
        {
            Description = "Weights that grow, by name (default: one tensor of each shape that is pruned).", AllowMultipleArgumentsPerToken = true,
        };
        var share = new Option<double>("--share") { Description = "Room in the heap, as a share of the tensor's weights.", DefaultValueFactory = _ => 0.01 };
        command.Add(tensors);
        command.Add(share);
        command.SetAction(result => Run(options.Read(result), result.GetValue(tensors) ?? [], result.GetValue(share)));
        return command;
    }

    private static int Run(TrainingSetting setting, string[] names, double share)
    {
        using var subject = new TrainingSubject(setting);
        ParameterLayout layout = subject.Network.Plan.Parameters;
        int[] tensors = names.Length > 0 ? [.. names.Select(layout.IndexOf)] : OneOfEachShape(subject.Network.Mask);
        if (tensors.Contains(-1))
        {
            Console.Error.WriteLine($"{subject.Network.Plan.Name} has no tensor {names[Array.IndexOf(tensors, -1)]}.");
            return 2;
        }

        if (tensors.Length == 0)
        {
            Console.Error.WriteLine($"Nothing of {subject.Network.Plan.Name} is pruned at density {setting.Density}: there is nothing to grow.");
            return 2;
        }

        Growth[] growths = [.. tensors.Select(tensor => Measure(subject, tensor, share, setting.Repeats))];
        foreach (Growth growth in growths)
        {
            ParameterTensor tensor = layout.Tensors[growth.Tensor];
            Console.WriteLine($"  {tensor.Name,-28} [{string.Join(", ", tensor.Shape)}] growth {growth.Extra.Median:F2} ms, step {growth.Steps.Median:F2} ms: ratio {growth.Ratio:F3}");
        }

        Growth worst = growths.MaxBy(static growth => growth.Ratio)!;
        ResultLine.Write("grow", worst.Extra, setting.Threads, new
        {
            model = subject.Network.Plan.Name,
            setting.Width,
            setting.Density,
            setting.Batch,
            vectorWidth = (int)setting.Vectors,
            share,
            tensor = layout.Tensors[worst.Tensor].Name,
            stepMilliseconds = Math.Round(worst.Steps.Median, 3),
            ratio = Math.Round(worst.Ratio, 4),
            tensors = growths.Select(growth => new
            {
                name = layout.Tensors[growth.Tensor].Name,
                growthMilliseconds = Math.Round(growth.Extra.Median, 3),
                stepMilliseconds = Math.Round(growth.Steps.Median, 3),
                ratio = Math.Round(growth.Ratio, 4),
            }),
        });
        return 0;
    }

    /// <summary>The first of the pruned tensors of each shape and size of map.</summary>
    private static int[] OneOfEachShape(Mask mask) =>
    [
        .. Enumerable.Range(0, mask.Layout.Tensors.Length)
            .Where(i => mask[i] is not null)
            .DistinctBy(i => (string.Join(',', mask.Layout.Tensors[i].Shape), mask.Layout.Tensors[i].OutputPositions)),
    ];

    private static Growth Measure(TrainingSubject subject, int tensor, double share, int repeats)
    {
        int room = Math.Max(1, (int)(share * subject.Network.Plan.Parameters.Tensors[tensor].Count));
        var steps = new Timings(repeats);
        var extra = new Timings(repeats);
        // One pair for nothing, then pairs of an ordinary backward pass and one with growth: what slows the machine for a while slows both.
        for (int i = -1; i < repeats; i++)
        {
            Sample forward = Sample.Of(subject.Forward);
            Sample plain = Sample.Of(() => subject.Network.Backward());
            Sample update = Sample.Of(subject.Update);
            var probe = new GradientProbe();
            probe.Request(tensor, room);
            subject.Forward();
            Sample growing = Sample.Of(() => subject.Network.Backward(probe));
            subject.Update();
            if (i < 0)
                continue;
            steps.Add(forward + plain + update);
            extra.Add(growing - plain);
        }

        return new Growth(tensor, extra, steps);
    }

    /// <summary>What growth adds to a backward pass, pair by pair, and the whole steps measured in turn with it.</summary>
    private sealed record Growth(int Tensor, Timings Extra, Timings Steps)
    {
        public double Ratio => Extra.Median / Steps.Median;
    }
}
