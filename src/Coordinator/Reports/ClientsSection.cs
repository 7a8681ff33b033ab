using System.Collections.Immutable;
using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>How the samples are spread over the clients, and what devices they are.</summary>
internal static class ClientsSection
{
    /// <summary>With more clients than this, distributions stand for the clients.</summary>
    public const int MostRows = 50;

    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, ImmutableArray<ClientRecord> clients)
    {
        ImmutableArray<double> samples = [.. clients.Select(client => (double)client.TrainingSamples).Order()];
        int classes = clients.Max(client => client.ClassCounts.Length);
        page.Section("Clients",
            $"Training samples of a client: least {Quantity.Exact((long)samples[0])}, median {Quantity.Exact((long)QuantileChart.Quantile(samples, 0.5))}, most {Quantity.Exact((long)samples[^1])}; {Quantity.Exact(clients.Sum(client => (long)client.TrainingSamples))} in all, and {Quantity.Exact(clients.Sum(client => (long)client.DevelopmentSamples))} kept aside for development.");
        if (clients.Length <= MostRows)
            DrawEach(page, clients, classes);
        else
            DrawDistributions(page, clients, classes);

        page.Table(["device", "clients", "training samples", "development samples"], clients.GroupBy(client => client.Device, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(IReadOnlyList<string> (group) => [group.Key, Quantity.Exact(group.Count()), Quantity.Exact(group.Sum(client => (long)client.TrainingSamples)), Quantity.Exact(group.Sum(client => (long)client.DevelopmentSamples))]));
        if (clients.Length > MostRows)
            return;
        page.BeginFolded("Table of samples by client and class", bulk: classes > 12);
        page.Table(["client", "device", "training", "development", .. Enumerable.Range(0, classes).Select(label => $"class {label}")],
            clients.Select(IReadOnlyList<string> (client) => [Quantity.Exact(client.Id), client.Device, Quantity.Exact(client.TrainingSamples), Quantity.Exact(client.DevelopmentSamples),
                .. Enumerable.Range(0, classes).Select(label => Quantity.Exact(Count(client, label)))]), null, 1);
        page.EndFolded();
    }

    private static void DrawEach(ReportPage page, ImmutableArray<ClientRecord> clients, int classes)
    {
        List<(string, double)> bars = [.. clients.Select(client => ($"client {client.Id}, {client.Device}", (double)client.TrainingSamples))];
        page.Figure("Training samples by client", "What each client trains on.",
            BarChart.Draw("samples", "Training samples by client", "The numbers are in the table below.", bars, bars.Max(bar => bar.Item2), value => Quantity.Exact((long)value)));
        if (classes == 0)
            return;
        ImmutableArray<double>[] shares = [.. clients.Select(client => Enumerable.Range(0, classes).Select(label => Share(client, label)).ToImmutableArray())];
        int step = Math.Max(1, (classes + 19) / 20);
        HeatColumns columns = new(classes, [.. Enumerable.Range(0, classes).Where(label => label % step == 0).Select(label => (label, label.ToString()))], "class");
        page.Figure("Classes by client", "Share of a client's samples that is of the class.",
            HeatMap.Draw("classes", "Share of every class by client", "Rows are clients, columns classes; the numbers are in the table below.",
                [.. clients.Select(client => $"client {client.Id}")], shares, columns, new HeatScale(0, 1, Logarithmic: false), Quantity.PercentTick));
    }

    private static void DrawDistributions(ReportPage page, ImmutableArray<ClientRecord> clients, int classes)
    {
        const string reading = "Thin line: 10th to 90th percentile of the clients; bar: middle half; ring: median.";
        List<(string, ImmutableArray<double>)> bySamples = [("all clients", [.. clients.Select(client => (double)client.TrainingSamples)])];
        bySamples.AddRange(clients.GroupBy(client => client.Device, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Key, group.Select(client => (double)client.TrainingSamples).ToImmutableArray())));
        page.Figure("Training samples of a client", reading, QuantileChart.Draw("samples", "Distribution of training samples over clients", reading, bySamples,
            Axis.Nice(0, clients.Max(client => client.TrainingSamples), 5, value => Quantity.Exact((long)value), "training samples")));
        if (classes == 0)
            return;
        List<(string, ImmutableArray<double>)> byClass = [.. Enumerable.Range(0, classes).Select(label => ($"class {label}", clients.Select(client => Share(client, label)).ToImmutableArray()))];
        double most = byClass.Max(row => QuantileChart.Quantile(row.Item2.Sort(), 0.9));
        page.Figure("Share of each class among a client's samples", reading, QuantileChart.Draw("classes", "Distribution over clients of the share of every class", reading, byClass,
            Axis.Nice(0, Math.Max(most, 0.01), 5, Quantity.PercentTick, "share of a client's samples")));
    }

    private static int Count(ClientRecord client, int label) => label < client.ClassCounts.Length ? client.ClassCounts[label] : 0;

    private static double Share(ClientRecord client, int label)
    {
        long sum = client.ClassCounts.Sum(count => (long)count);
        return sum == 0 ? 0 : (double)Count(client, label) / sum;
    }
}
