using System.CommandLine;
using System.Text.Json;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Reports;
using Federated.Methods.Data;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated plan FILE</c>: what an experiment will cost, without training.</summary>
internal sealed class PlanCommand : ExampledCommand
{
    private static readonly JsonSerializerOptions JsonForm = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true, NewLine = "\n" };

    private readonly TimeProvider time;
    private readonly ExperimentInput input;
    private readonly Option<bool> json = new("--json") { Description = "Writes the plan as JSON." };

    /// <summary>Builds the command.</summary>
    public PlanCommand(TimeProvider time)
        : base("plan", "Says what an experiment will cost in bytes, memory, operations and device time, without running it.",
            "federated plan experiments/quickstart.yaml", "federated plan experiments/quickstart.yaml --set clients.count=1000")
    {
        this.time = time;
        input = new ExperimentInput(this);
        Options.Add(json);
        SetAction(PlanAsync);
    }

    private async Task<int> PlanAsync(ParseResult arguments, CancellationToken cancel)
    {
        InvocationConfiguration console = arguments.InvocationConfiguration;
        ExperimentSpec experiment = input.Read(arguments);
        DataSet data = await DataSearch.FindAsync(experiment, this.time, console.Error, cancel);
        ExperimentPlan plan = await new ExperimentPlanner(this.time).PlanAsync(experiment, data, cancel);
        if (arguments.GetValue(json))
            await console.Output.WriteLineAsync(JsonSerializer.Serialize(plan, JsonForm));
        else
            Write(console.Output, experiment, plan);
        return ExitCode.Success;
    }

    private static void Write(TextWriter output, ExperimentSpec experiment, ExperimentPlan plan)
    {
        output.WriteLine($"{experiment.Name}: {experiment.Method.Name}, {experiment.Model.Name} on {experiment.Data.Set}, {plan.Clients} clients, {plan.Rounds} rounds");
        Columns.Write(output, "  ",
        [
            ["uplink, all clients", Quantity.Bytes(plan.BytesUp)],
            ["downlink, all clients", Quantity.Bytes(plan.BytesDown)],
            ["uplink of a client in a steady round", Quantity.Bytes(plan.SteadyRoundBytesUp)],
            ["downlink of a client in a steady round", Quantity.Bytes(plan.SteadyRoundBytesDown)],
            ["operations of the busiest client in a round", Quantity.Flops(plan.FlopsPerClientRound)],
            ["operations of all clients", Quantity.Flops(plan.TotalFlops)],
            .. plan.ServerFlops > 0 ? (string[][])[["operations of the server's part of the model", Quantity.Flops(plan.ServerFlops)]] : [],
            ["training state of a client", $"{Quantity.Bytes(plan.PeakClientMemoryBytes)} (dense: {Quantity.Bytes(plan.DenseClientMemoryBytes)})"],
            ["activations of one batch", Quantity.Bytes(plan.ActivationBytes)],
            ["time on the simulated devices", Quantity.Duration(plan.VirtualSeconds)],
        ]);
        output.WriteLine("Bytes by kind:");
        Columns.Write(output, "  ", [.. plan.BytesByKind.Select(kind => new[]
        {
            kind.Key, Quantity.Bytes(kind.Value), plan.ExactKinds.Contains(kind.Key) ? "exact" : "about: depends on the training",
        })]);
    }
}
