using System.CommandLine;
using Federated.Engine.Kernels;
using Federated.Engine.Layers;

namespace Federated.Bench;

/// <summary>Times one convolution layer: forward pass, then the gradients of its input and weights, on one thread.</summary>
internal static class LayerCommand
{
    public static Command Create()
    {
        var inputs = new Option<int>("--channels") { Description = "Input channels.", DefaultValueFactory = _ => 64 };
        var outputs = new Option<int?>("--output-channels") { Description = "Output channels (default: as input)." };
        var size = new Option<int>("--size") { Description = "Rows and columns of the input.", DefaultValueFactory = _ => 32 };
        var kernel = new Option<int>("--kernel") { Description = "Rows and columns of the kernel; the padding is half of it.", DefaultValueFactory = _ => 3 };
        var stride = new Option<int>("--stride") { Description = "Stride.", DefaultValueFactory = _ => 1 };
        var groups = new Option<int>("--groups") { Description = "Groups of channels; as many as channels make the layer depthwise.", DefaultValueFactory = _ => 1 };
        var density = new Option<double>("--density") { Description = "Kept share of the weights, 0…1.", DefaultValueFactory = _ => 0.05 };
        var batch = new Option<int>("--batch") { Description = "Images.", DefaultValueFactory = _ => 64 };
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed.", DefaultValueFactory = _ => 15 };
        var grow = new Option<int>("--grow") { Description = "Also collect this many of the largest gradients of pruned weights.", DefaultValueFactory = _ => 0 };
        var width = new Option<VectorWidth>("--vector-width") { Description = "V128, V256 or V512.", DefaultValueFactory = _ => VectorWidths.Best };
        var command = new Command("layer", "One convolution layer: forward pass and both gradients, one thread.")
        {
            inputs, outputs, size, kernel, stride, groups, density, batch, repeats, grow, width,
        };
        command.SetAction(result =>
        {
            int channels = result.GetValue(inputs);
            int k = result.GetValue(kernel);
            var shape = new ConvolutionShape(channels, result.GetValue(outputs) ?? channels, k, result.GetValue(stride), k / 2, result.GetValue(groups));
            Run(shape, result.GetValue(size), result.GetValue(density), result.GetValue(batch), result.GetValue(repeats), result.GetValue(grow), result.GetValue(width));
        });
        return command;
    }

    private static void Run(ConvolutionShape shape, int size, double density, int batch, int repeats, int grow, VectorWidth width)
    {
        using var subject = new LayerSubject(shape, size, density, batch, grow, width);
        var total = new Timings(repeats);
        var forward = new Timings(repeats);
        var weights = new Timings(repeats);
        total.Measure(() =>
        {
            subject.Forward();
            subject.Backward();
        });
        forward.Measure(subject.Forward);
        subject.WithoutInputGradient();
        weights.Measure(subject.Backward);
        double operations = 2.0 * subject.Weights * shape.OutputSize(size) * shape.OutputSize(size) * batch;
        Console.WriteLine($"{shape} at {size}×{size}, density {density}, {subject.Weights} weights, batch {batch}, {width}");
        Console.WriteLine($"forward {forward.ProcessorMinimum:F2} ms ({operations / forward.ProcessorMinimum / 1e6:F0} GFLOP/s), weight gradient {weights.ProcessorMinimum:F2} ms, "
            + $"input gradient {total.ProcessorMinimum - forward.ProcessorMinimum - weights.ProcessorMinimum:F2} ms (by difference); least processor times");
        ResultLine.Write("layer", total, threads: 1, new
        {
            channels = shape.InputChannels,
            outputChannels = shape.OutputChannels,
            size,
            kernel = shape.Kernel,
            stride = shape.Stride,
            groups = shape.Groups,
            density,
            batch,
            grow,
            vectorWidth = (int)width,
            operations,
            forwardMilliseconds = Math.Round(forward.ProcessorMinimum, 4),
            weightGradientMilliseconds = Math.Round(weights.ProcessorMinimum, 4),
        });
    }
}
