using System.CommandLine;
using Federated.Coordinator.Pretraining;
using Federated.Methods.Data;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated pretrain FILE</c>: trains a model centrally, or goes on with it, and writes a safetensors file and a card.</summary>
internal sealed class PretrainCommand : ExampledCommand
{
    // As many as a network takes.
    private const int MostThreads = 256;

    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly ExperimentInput input;
    private readonly Option<string?> @out = new("--out") { Description = "The model's file; default: models/NAME.safetensors. A training that is not finished is continued.", HelpName = "FILE" };
    private readonly Option<int?> threads = new("--threads") { Description = "Threads that share each step; default: one per core. The result does not depend on it.", HelpName = "N" };
    private readonly Option<bool> json = new("--json") { Description = "Writes one JSON object per epoch and the summary last." };

    /// <summary>Builds the command.</summary>
    public PretrainCommand(TimeProvider time, Interrupts interrupts)
        : base("pretrain", "Trains a model centrally on one data set, to start experiments from; a training that was interrupted is continued.",
            "federated pretrain experiments/pretrain-vit.yaml", "federated pretrain experiments/pretrain-vit.yaml --set training.epochs=2 --out models/short.safetensors")
    {
        this.time = time;
        this.interrupts = interrupts;
        input = new ExperimentInput(this, "The pre-training file.");
        this.threads.AcceptNumber(1, MostThreads);
        Options.Add(@out);
        Options.Add(this.threads);
        Options.Add(this.json);
        SetAction((arguments, _) => RunAsync(arguments));
    }

    private async Task<int> RunAsync(ParseResult arguments)
    {
        this.interrupts.Announce("stopping when the step under way is done and saved; once more stops at once");
        PretrainSpec spec = input.ReadPretraining(arguments);
        DataSet data = await DataSearch.FindAsync(spec.Data, this.time, arguments.InvocationConfiguration.Error, this.interrupts.Stop);
        string path = arguments.GetValue(@out) ?? Path.Combine("models", $"{spec.Name}.safetensors");
        int threads = arguments.GetValue(this.threads) ?? Math.Min(MostThreads, Environment.ProcessorCount);
        await using IPretrainProgress progress = PretrainProgress.ForConsole(arguments.GetValue(this.json), this.time);
        PretrainSummary summary = await new PretrainRunner(this.time).RunAsync(new PretrainRequest(spec, data, path, threads, progress), this.interrupts.Stop, this.interrupts.Abort);
        return summary.IsFinished ? ExitCode.Success : ExitCode.Interrupted;
    }
}
