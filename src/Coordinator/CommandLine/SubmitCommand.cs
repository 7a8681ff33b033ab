using System.CommandLine;
using Federated.Methods.Experiments;
using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated submit FILE</c>: hands an experiment to a coordinator.</summary>
internal sealed class SubmitCommand : ExampledCommand
{
    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly Func<CoordinatorAccess, IRunsClient> connect;
    private readonly ExperimentInput input;
    private readonly CoordinatorOptions coordinator;
    private readonly Option<string?> name = new("--name") { Description = "Name of the run and of its folder; default: the experiment's name.", HelpName = "RUN" };
    private readonly Option<bool> watch = new("--watch") { Description = "Shows the run to its end, as if it ran here." };
    private readonly Option<bool> json = new("--json") { Description = "With --watch: writes one JSON object per round and the summary last." };

    /// <summary>Builds the command.</summary>
    public SubmitCommand(TimeProvider time, Interrupts interrupts, Func<string, string?> environment, Func<CoordinatorAccess, IRunsClient> connect)
        : base("submit", "Hands an experiment to a coordinator; one that was stopped is continued.",
            "federated submit experiments/quickstart.yaml --watch", "federated submit experiments/quickstart.yaml --seed 2 --name quickstart-2 --coordinator http://127.0.0.1:7070")
    {
        this.time = time;
        this.interrupts = interrupts;
        this.connect = connect;
        input = new ExperimentInput(this);
        Options.Add(this.name);
        Options.Add(watch);
        Options.Add(this.json);
        coordinator = new CoordinatorOptions(this, environment);
        Validators.Add(result =>
        {
            if (result.GetValue(this.json) && !result.GetValue(watch))
                result.AddError("--json says how --watch shows the run: give both.");
        });
        SetAction((arguments, cancel) => RunAsync(arguments, cancel));
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancel)
    {
        ExperimentSpec experiment = input.Read(arguments);
        CoordinatorAccess access = coordinator.Read(arguments);
        this.interrupts.Announce("");
        await using IRunsClient client = connect(access);
        SubmitReply reply = await client.SubmitAsync(
            new SubmitRequest { Experiment = ExperimentWriter.ToYaml(experiment), Run = arguments.GetValue(this.name) ?? "" }, cancel);
        TextWriter output = arguments.InvocationConfiguration.Output;
        bool json = arguments.GetValue(this.json);
        bool watched = arguments.GetValue(watch);
        if (!json && !(watched && !reply.Existed)) // what is new is shown at once
            await output.WriteLineAsync(reply.Existed ? $"{reply.Run.Run}: there is such a run already, {RunTexts.State(reply.Run)}" : $"{reply.Run.Run}: {RunTexts.State(reply.Run)}");
        if (watched)
            return await WatchCommand.ShowAsync(client, reply.Run.Run, json, this.time, this.interrupts, cancel);
        await output.WriteLineAsync($"`federated watch {reply.Run.Run}` shows it");
        return ExitCode.Success;
    }
}
