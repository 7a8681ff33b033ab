using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Federated.Coordinator.Reports;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Reports;

public sealed partial class RunReportTests
{
    public static TheoryData<string> Names => new(Samples.Keys);

    /// <summary>Runs of every shape. With <c>REPORT_SAMPLES</c> set to a folder the reports are left there to look at.</summary>
    private static Dictionary<string, RunContents> Samples { get; } = new(StringComparer.Ordinal)
    {
        ["usual"] = Contents(new SampleRun { Rounds = 60, Preparation = true }),
        ["one-round"] = Contents(new SampleRun { Rounds = 1, Clients = 1 }),
        ["one-client"] = Contents(new SampleRun { Rounds = 12, Clients = 1, EvaluateEvery = 5 }),
        ["dense"] = Contents(new SampleRun { Rounds = 20, Method = "fedavg", Density = 1 }),
        ["large"] = Contents(new SampleRun { Rounds = 300, Clients = 1000, Layers = 60, EvaluateEvery = 10 }),
        ["hundred-classes"] = Contents(new SampleRun { Rounds = 10, Clients = 50, Classes = 100 }),
        ["very-long"] = Contents(new SampleRun { Rounds = 3000, Clients = 60, Layers = 3 }),
        ["unfinished"] = Contents(new SampleRun { Rounds = 5 }) with { Summary = null, Clients = [] },
        ["nothing-yet"] = Contents(new SampleRun { Rounds = 5 }) with { Summary = null, Clients = [], Rounds = [] },
        ["not-evaluated"] = Map(Contents(new SampleRun { Rounds = 5 }), record => record with { Accuracy = null, Loss = null, TrainingLoss = null }),
        ["nothing-crossed"] = Map(Contents(new SampleRun { Rounds = 5 }), record => record with
        {
            BytesUp = 0, BytesDown = 0, BytesByKind = record.BytesByKind.SetItems(record.BytesByKind.Keys.Select(kind => new KeyValuePair<string, long>(kind, 0))),
            FlopsPerClient = 0, VirtualSeconds = 0, LayerDensities = [], Density = 0,
        }),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_image_is_well_formed_with_a_title_and_finite_numbers(string name)
    {
        string html = Html(name);
        foreach (Match image in Image().Matches(html))
        {
            XElement svg = XElement.Parse(image.Value);
            XNamespace ns = "http://www.w3.org/2000/svg";
            Assert.False(string.IsNullOrWhiteSpace(svg.Element(ns + "title")?.Value));
            Assert.False(string.IsNullOrWhiteSpace(svg.Element(ns + "desc")?.Value));
            double[] box = [.. svg.Attribute("viewBox")!.Value.Split(' ').Select(Parse)];
            foreach (XElement element in svg.Descendants())
            {
                foreach (XAttribute attribute in element.Attributes().Where(attribute => attribute.Name.LocalName is "x" or "x1" or "x2" or "cx"))
                    Assert.InRange(Parse(attribute.Value), 0, box[2]);
                foreach (XAttribute attribute in element.Attributes().Where(attribute => attribute.Name.LocalName is "y" or "y1" or "y2" or "cy"))
                    Assert.InRange(Parse(attribute.Value), 0, box[3]);
                foreach (XAttribute attribute in element.Attributes().Where(attribute => attribute.Name.LocalName is "width" or "height" or "r"))
                    Assert.InRange(Parse(attribute.Value), 0, Math.Max(box[2], box[3]));
                if (element.Attribute("d") is { } path)
                    Assert.Matches("^M[-MLhvHVz0-9. ]+[zZ0-9]$", path.Value.Replace('Z', 'z'));
            }
        }

        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
        string[] keys = [.. Key().Matches(html).Select(match => match.Value)];
        Assert.Equal(keys.Distinct(), keys);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Nothing_is_fetched_and_nothing_runs(string name)
    {
        string html = Html(name);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<link", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("src=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org/2000/svg", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_body_is_well_formed(string name)
    {
        string html = Html(name);
        string body = html[html.IndexOf("<body>", StringComparison.Ordinal)..html.IndexOf("</html>", StringComparison.Ordinal)];
        Assert.NotEmpty(XElement.Parse(body.Replace("&nbsp;", " ", StringComparison.Ordinal)).Descendants());
    }

    [Fact]
    public void Totals_are_exact_to_the_byte()
    {
        RunContents run = Samples["usual"];
        string html = Html("usual");
        Assert.Contains($"<td>{run.Summary!.BytesUp:N0}</td>", html, StringComparison.Ordinal);
        Assert.Contains($"<td>{run.Summary.BytesDown:N0}</td>", html, StringComparison.Ordinal);
        foreach ((string kind, long bytes) in run.Summary.BytesByKind)
            Assert.Contains($"<td class=\"words\">{(kind[0] == 'u' ? "clients to server" : "server to clients")}</td><td>{bytes:N0}</td>", html, StringComparison.Ordinal);
        Assert.Contains(run.Summary.ModelSha256, html, StringComparison.Ordinal);
        Assert.Contains(run.Summary.LedgerSha256, html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_formula_and_the_measured_memory_stand_side_by_side()
    {
        RunSummary summary = Samples["dense"].Summary!;
        string html = Html("dense");
        foreach (long bytes in new[] { summary.PeakClientMemoryBytes, summary.ActivationBytes, summary.PeakClientMemoryBytes + summary.ActivationBytes, summary.WorkerArenaBytes })
            Assert.Contains($"<td>{bytes:N0}</td>", html, StringComparison.Ordinal);
        // 31,457,280 measured against 4,359,584 + 34,060 + 23,068,672 by formula.
        Assert.Contains("The worker held 1.15 times what the formulas say.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("measured peak", Html("unfinished"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_run_stays_below_two_megabytes()
    {
        Assert.InRange(Html("large").Length, 50_000, 1_500_000);
        Assert.InRange(Html("very-long").Length, 50_000, 2_000_000);
    }

    [Fact]
    public void Beyond_fifty_clients_distributions_stand_for_them()
    {
        Assert.Contains("Classes by client", Html("hundred-classes"), StringComparison.Ordinal);
        Assert.DoesNotContain("Classes by client", Html("large"), StringComparison.Ordinal);
        Assert.Contains("90th percentile", Html("large"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_specification_is_shown_and_escaped()
    {
        string html = RunReport.ToHtml(Samples["usual"] with { Specification = "name: <b>&\"\n" });
        Assert.Contains("name: &lt;b&gt;&amp;&quot;", html, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interrupted_run_says_so()
    {
        RunContents run = Samples["usual"];
        Assert.Contains("interrupted after 60 of 90 rounds", RunReport.ToHtml(run with { Summary = run.Summary! with { RoundsPlanned = 90 } }), StringComparison.Ordinal);
        Assert.Contains("has not finished: this is the state after 5 rounds", Html("unfinished"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_gives_the_same_page() => Assert.Equal(RunReport.ToHtml(Samples["usual"]), RunReport.ToHtml(Contents(new SampleRun { Rounds = 60, Preparation = true })));

    private static string Html(string name)
    {
        string html = RunReport.ToHtml(Samples[name]);
        if (Environment.GetEnvironmentVariable("REPORT_SAMPLES") is { Length: > 0 } folder)
            File.WriteAllText(Path.Combine(folder, $"{name}.html"), html);
        return html;
    }

    private static RunContents Contents(SampleRun sample) => new(sample.Specification(), sample.Records(), sample.Summary(), sample.ClientRecords());

    private static RunContents Map(RunContents run, Func<RoundRecord, RoundRecord> change) => run with { Rounds = [.. run.Rounds.Select(change)] };

    private static double Parse(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Image();

    [GeneratedRegex(" id=\"[^\"]*\"")]
    private static partial Regex Key();
}
