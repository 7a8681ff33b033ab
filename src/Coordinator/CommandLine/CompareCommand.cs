using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Engine.Storage;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated compare RUN RUN…</c>: finished runs side by side.</summary>
internal sealed class CompareCommand : ExampledCommand
{
    private readonly Argument<string[]> runs = new("RUN") { Description = "Run folders.", Arity = new ArgumentArity(2, 100) };
    private readonly Option<string?> html = new("--html") { Description = "Also writes the comparison with charts into this file.", HelpName = "FILE" };

    /// <summary>Builds the command.</summary>
    public CompareCommand()
        : base("compare", "Prints finished runs side by side, as a Markdown table; runs that differ only in the seed are averaged.",
            "federated compare runs/dense runs/sparse", "federated compare runs/dense runs/sparse --html comparison.html")
    {
        Arguments.Add(this.runs);
        Options.Add(this.html);
        SetAction(arguments =>
        {
            ImmutableArray<RunContents> runs = ComparisonReport.Read(arguments.GetRequiredValue(this.runs).Select(RunArguments.Existing));
            arguments.InvocationConfiguration.Output.Write(ComparisonReport.ToMarkdown(runs));
            if (arguments.GetValue(this.html) is string html)
                AtomicFile.Write(html, stream => stream.Write(Encoding.UTF8.GetBytes(ComparisonReport.ToHtml(runs))));
            return ExitCode.Success;
        });
    }
}
