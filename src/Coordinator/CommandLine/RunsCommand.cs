using System.CommandLine;
using System.Text;
using System.Text.Json;
using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated runs</c>: the runs and nodes of a coordinator.</summary>
internal sealed class RunsCommand : ExampledCommand
{
    private readonly Option<bool> json = new("--json") { Description = "Writes one JSON object with the runs and the nodes." };

    /// <summary>Builds the command.</summary>
    public RunsCommand(Interrupts interrupts, Func<string, string?> environment, Func<CoordinatorAccess, IRunsClient> connect)
        : base("runs", "Lists the runs and the nodes of a coordinator.", "federated runs", "federated runs --json --coordinator http://127.0.0.1:7070")
    {
        Options.Add(this.json);
        CoordinatorOptions coordinator = new(this, environment);
        SetAction(async (arguments, cancel) =>
        {
            interrupts.Announce("");
            await using IRunsClient client = connect(coordinator.Read(arguments));
            ListReply reply = await client.ListAsync(cancel);
            TextWriter output = arguments.InvocationConfiguration.Output;
            if (arguments.GetValue(this.json))
                await output.WriteLineAsync(Json(reply));
            else
                WriteTables(output, reply);
            return ExitCode.Success;
        });
    }

    private static void WriteTables(TextWriter output, ListReply reply)
    {
        if (reply.Runs.Count == 0)
            output.WriteLine("no runs yet: `federated submit FILE` hands one in");
        else
            Columns.Write(output, "", RunTexts.Table(reply.Runs));
        output.WriteLine();
        if (reply.Nodes.Count == 0)
            output.WriteLine("no nodes: `federated node --coordinator URL` starts one");
        else
            Columns.Write(output, "", RunTexts.Table(reply.Nodes));
    }

    private static string Json(ListReply reply)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteStartArray("runs");
            foreach (RunInfo run in reply.Runs)
                Write(writer, run);
            writer.WriteEndArray();
            writer.WriteStartArray("nodes");
            foreach (NodeInfo node in reply.Nodes)
                Write(writer, node);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, RunInfo run)
    {
        writer.WriteStartObject();
        writer.WriteString("run", run.Run);
        writer.WriteString("method", run.Method);
        writer.WriteString("status", RunTexts.Word(run.Status));
        writer.WriteNumber("roundsCompleted", run.RoundsCompleted);
        writer.WriteNumber("rounds", run.Rounds);
        if (run.HasAccuracy && double.IsFinite(run.Accuracy))
            writer.WriteNumber("accuracy", run.Accuracy);
        writer.WriteNumber("bytesUp", run.BytesUp);
        writer.WriteNumber("bytesDown", run.BytesDown);
        if (run.Error.Length > 0)
            writer.WriteString("error", run.Error);
        writer.WriteString("submitted", run.Submitted);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, NodeInfo node)
    {
        writer.WriteStartObject();
        writer.WriteString("node", node.Node);
        writer.WriteNumber("slots", node.Slots);
        writer.WriteBoolean("connected", node.Connected);
        writer.WriteNumber("clientsDone", node.ClientsDone);
        writer.WriteNumber("answersRefused", node.AnswersRefused);
        writer.WriteString("release", node.Release);
        writer.WriteEndObject();
    }
}
