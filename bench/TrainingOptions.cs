using System.CommandLine;
using Federated.Engine.Kernels;
using Federated.Engine.Models;

namespace Federated.Bench;

/// <summary>The options of commands that train a whole network.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<string> model = new("--model") { Description = "Model, as the catalog names it.", DefaultValueFactory = _ => "resnet-18" };
    private readonly Option<double> width = new("--width") { Description = "Factor on the channels.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> channels = new("--channels") { Description = "Channels of an image.", DefaultValueFactory = _ => 3 };
    private readonly Option<int?> size = new("--size") { Description = "Rows and columns of an image (default: 224 for the vision transformers with patches of 16, else 32)." };
    private readonly Option<double> density = new("--density") { Description = "Kept share of the weights, 0…1.", DefaultValueFactory = _ => 0.01 };
    private readonly Option<int> batch = new("--batch") { Description = "Images.", DefaultValueFactory = _ => 64 };
    private readonly Option<int> threads = new("--threads") { Description = "Threads of one step; does not change the result.", DefaultValueFactory = _ => 1 };
    private readonly Option<VectorWidth> vectors = new("--vector-width") { Description = "V128, V256 or V512.", DefaultValueFactory = _ => VectorWidths.Best };
    private readonly Option<int> repeats;

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="defaultRepeats">Timed runs unless the command line says otherwise.</param>
    public TrainingOptions(Command command, int defaultRepeats)
    {
        repeats = new Option<int>("--repeats") { Description = "Timed runs after one untimed.", DefaultValueFactory = _ => defaultRepeats };
        threads.Validators.Add(static option =>
        {
            if (option.GetValueOrDefault<int>() is < 1 or > 256)
                option.AddError("--threads: 1 to 256.");
        });
        foreach (Option option in new Option[] { model, width, channels, size, density, batch, threads, vectors, repeats })
            command.Add(option);
    }

    /// <summary>What the command line says.</summary>
    public TrainingSetting Read(ParseResult result)
    {
        string name = result.GetValue(model)!;
        int side = result.GetValue(size) ?? (name.StartsWith("vit-", StringComparison.Ordinal) ? 224 : 32);
        return new TrainingSetting(
            name,
            new ModelInput(result.GetValue(channels), side, side, Classes: 10),
            result.GetValue(width),
            result.GetValue(density),
            result.GetValue(batch),
            result.GetValue(threads),
            result.GetValue(repeats),
            result.GetValue(vectors));
    }
}
