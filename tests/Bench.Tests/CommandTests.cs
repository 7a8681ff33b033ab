using System.Text.Json.Nodes;
using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests;

/// <summary>Every command of the program, in a process of its own, with as little work as it can be given: the last line is one JSON object that holds what is promised.</summary>
public sealed class CommandTests
{
    private static readonly string[] Promised = ["median", "minimum", "maximum", "threads", "peakResidentBytes"];

    [Theory]
    [InlineData("train-step --model lenet-5 --channels 1 --size 28 --density 0.1 --batch 3 --repeats 2")]
    [InlineData("train-step --model resnet-20 --width 0.25 --size 8 --density 0.1 --batch 2 --repeats 1 --vector-width V128 --layers")]
    [InlineData("layer --channels 3 --output-channels 4 --size 5 --density 0.5 --batch 2 --grow 2 --repeats 1")]
    [InlineData("layer --channels 4 --size 5 --groups 4 --density 1 --batch 2 --repeats 1")]
    [InlineData("product --rows 6 --inputs 5 --tokens 4 --batch 3 --repeats 1")]
    [InlineData("grow --model lenet-5 --channels 1 --size 28 --density 0.1 --batch 2 --repeats 2")]
    [InlineData("codec --mask-positions 1000 --repeats 1")]
    [InlineData("aggregate --updates 3 --repeats 1")]
    [InlineData("ceilings --repeats 1")]
    [InlineData("train-step --model lenet-5 --channels 1 --size 28 --density 0.1 --batch 40 --repeats 2 --threads 2")]
    [InlineData("clients --clients 2 --samples 4 --batch 3 --rounds 2 --untimed 1", "client-rounds/s")]
    [InlineData("clients --model lenet-5 --clients 3 --samples 4 --rounds 1 --workers 1", "client-rounds/s")]
    public async Task EndsWithOneObject(string arguments, string unit = "ms")
    {
        CommandResult result = await RunAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
        JsonObject line = JsonNode.Parse(LastLine(result))!.AsObject();
        Assert.Equal(arguments.Split(' ')[0], line["benchmark"]!.GetValue<string>());
        Assert.Equal(unit, line["unit"]!.GetValue<string>());
        foreach (string name in Promised)
            Assert.True(line[name]!.GetValue<double>() > 0, $"{name} in {line}");
        Assert.InRange(line["median"]!.GetValue<double>(), line["minimum"]!.GetValue<double>(), line["maximum"]!.GetValue<double>());
    }

    [Fact]
    public async Task CountsWhatAStepComputesMovesAndAllocates()
    {
        CommandResult result = await RunAsync("train-step --model logistic-regression --channels 1 --size 28 --density 1 --batch 16 --repeats 3");
        var line = Measurement.Parse(result.Output);

        // 784 × 10 weights and 10 biases. The gradient towards the images is not computed, so two products of 7,840 multiply-adds for each of 16 images.
        Assert.Equal(7850, line.Number("parameters"));
        Assert.Equal(2 * 2 * 7840 * 16, line.Number("operations"));
        Assert.Equal(4 * 2 * 7840 * 16, line.Number("operandBytes"));

        // An image: 784 read forward and backward, 10 logits written, 10 gradients read. State: 8 values for each of 7,850 parameters.
        Assert.Equal(4 * ((((2 * 784) + (2 * 10)) * 16) + (8 * 7850)), line.Number("layerBytes"));
        Assert.Equal(0, line.Number("managedBytesPerStep"));
    }

    [Theory]
    [InlineData("train-step --threads 0", "--threads")]
    [InlineData("grow --model lenet-5 --channels 1 --size 28 --tensor conv9.weight --batch 2 --repeats 1", "conv9.weight")]
    [InlineData("grow --model logistic-regression --channels 1 --size 28 --batch 2 --repeats 1", "nothing to grow")]
    [InlineData("compare --only no-such-comparison", "no-such-comparison")]
    public async Task SaysWhatIsWrong(string arguments, string named)
    {
        CommandResult result = await RunAsync(arguments);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ComparingWithoutPyTorchIsToldWithCodeTwo()
    {
        CommandResult result = await RunAsync("compare --quick --only resnet-18 --python no-such-interpreter");
        Assert.Equal(2, result.ExitCode);
        Assert.Matches("python3-torch|taskset", result.Error);
    }

    private static string LastLine(CommandResult result) => result.Output.TrimEnd().Split('\n')[^1];

    private static async Task<CommandResult> RunAsync(string arguments)
    {
        var runner = new ProcessCommandRunner(AppContext.BaseDirectory, TimeSpan.FromMinutes(4), TimeProvider.System);
        return (await runner.RunAsync(new CommandLine("dotnet", [Path.Combine(AppContext.BaseDirectory, "Federated.Bench.dll"), .. arguments.Split(' ')], []), CancellationToken.None))!;
    }
}
