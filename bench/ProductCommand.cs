using System.CommandLine;
using Federated.Engine.Kernels;
using Federated.Engine.Layers;

namespace Federated.Bench;

/// <summary>
/// Times the dense product of a linear layer on tokens, [rows, inputs] × [inputs, columns], where a column is one token of one image, and the products that are its two
/// gradients, each with the packing of its weights, on one thread. Each is judged against the arithmetic's peak, measured in turn with it.
/// </summary>
internal static class ProductCommand
{
    // Short products are repeated until one timed pass has so many operations, some 4 ms; tiny ones, of which the calls take the time, not as often as that.
    private const double OperationsOfAPass = 1e9;
    private const double MostTimes = 1000;

    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Rows of the weights: outputs.", DefaultValueFactory = _ => 512 };
        var inputs = new Option<int>("--inputs") { Description = "Columns of the weights: inputs.", DefaultValueFactory = _ => 512 };
        var tokens = new Option<int>("--tokens") { Description = "Tokens of each image; the matrix has as many columns as all images have tokens.", DefaultValueFactory = _ => 32 };
        var batch = new Option<int>("--batch") { Description = "Images.", DefaultValueFactory = _ => 16 };
        var repeats = new Option<int>("--repeats") { Description = "Timed passes after one untimed.", DefaultValueFactory = _ => 15 };
        var width = new Option<VectorWidth>("--vector-width") { Description = "V128, V256 or V512.", DefaultValueFactory = _ => VectorWidths.Best };
        var command = new Command("product", "A dense matrix product and its two gradients, one thread, against the peak of the arithmetic.") { rows, inputs, tokens, batch, repeats, width };
        command.SetAction(result => Run(
            result.GetValue(rows), result.GetValue(inputs), result.GetValue(tokens), result.GetValue(batch), result.GetValue(repeats), result.GetValue(width)));
        return command;
    }

    private static void Run(int rows, int inputs, int tokens, int batch, int repeats, VectorWidth width)
    {
        var shape = new ConvolutionShape(inputs, rows, Kernel: 1, Stride: 1, Padding: 0, Groups: 1);
        using var subject = new LayerSubject(shape, rows: 1, columns: tokens, density: 1, batch, grow: 0, width);
        int columns = checked(tokens * batch);
        double operations = 2.0 * rows * inputs * columns;
        int times = (int)Math.Clamp(Math.Ceiling(OperationsOfAPass / operations), 1, MostTimes);
        var peak = new Timings(repeats);
        var product = new Timings(repeats);
        var input = new Timings(repeats);
        var weight = new Timings(repeats);
        float sink = 0;
        for (int repeat = -1; repeat < repeats; repeat++)
        {
            (Timings Timings, Sample Sample)[] samples =
            [
                (peak, Sample.Of(() => sink += ArithmeticPeak.MultiplyAdd())),
                (product, Sample.Of(() => Repeat(subject.Forward, times))),
                (input, Sample.Of(() => Repeat(subject.InputGradient, times))),
                (weight, Sample.Of(() => Repeat(subject.WeightGradient, times))),
            ];
            foreach ((Timings timings, Sample sample) in repeat < 0 ? [] : samples)
                timings.Add(sample);
        }

        double most = ArithmeticPeak.Operations / peak.ProcessorMinimum / 1e6;
        double Rate(Timings timings) => operations * times / timings.ProcessorMinimum / 1e6;
        string Share(Timings timings) => $"{Rate(timings):F0} GFLOP/s ({Rate(timings) / most:P1})";
        Console.WriteLine($"[{rows}, {inputs}] × [{inputs}, {columns}], batch {batch}, {width}; peak {most:F0} GFLOP/s{(float.IsNaN(sink) ? ", wrong" : "")}; least processor times");
        Console.WriteLine($"product {Share(product)}, input gradient {Share(input)}, weight gradient {Share(weight)}");
        ResultLine.Write("product", product, threads: 1, new
        {
            rows,
            inputs,
            tokens,
            batch,
            vectorWidth = (int)width,
            operations,
            times,
            peakGigaflopsPerSecond = Math.Round(most, 1),
            productGigaflopsPerSecond = Math.Round(Rate(product), 1),
            inputGradientGigaflopsPerSecond = Math.Round(Rate(input), 1),
            weightGradientGigaflopsPerSecond = Math.Round(Rate(weight), 1),
            productShare = Math.Round(Rate(product) / most, 4),
            inputGradientShare = Math.Round(Rate(input) / most, 4),
            weightGradientShare = Math.Round(Rate(weight) / most, 4),
        });
    }

    private static void Repeat(Action action, int times)
    {
        for (int i = 0; i < times; i++)
            action();
    }
}
