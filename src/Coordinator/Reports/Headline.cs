using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>What a run came to, in a few numbers.</summary>
internal static class Headline
{
    /// <summary>The numbers in large type.</summary>
    public static IEnumerable<(string Name, string Value, string Note)> Facts(RunContents run)
    {
        RoundRecord last = run.Rounds[^1];
        RoundRecord? best = run.Rounds.Where(record => record.Accuracy is not null).MaxBy(record => record.Accuracy);
        RoundRecord? evaluated = run.Rounds.LastOrDefault(record => record.Accuracy is not null);
        double clientRounds = Math.Max(1, run.Rounds.Sum(record => (double)record.Clients));
        long up = run.Rounds.Sum(record => record.BytesUp), down = run.Rounds.Sum(record => record.BytesDown);
        double flops = run.Rounds.Max(record => record.FlopsPerClient);
        RunSummary? summary = run.Summary;
        yield return evaluated is null
            ? ("Test accuracy", "–", "no round was evaluated")
            : ("Final test accuracy", Quantity.Percent(evaluated.Accuracy!.Value), $"best {Quantity.Percent(best!.Accuracy!.Value)} after round {Quantity.Exact(best.Round)}");
        yield return ("Density", Quantity.Percent(last.Density), summary is null
            ? "of the prunable weights"
            : $"{Quantity.Exact(summary.ParametersKept)} of {Quantity.Exact(summary.Parameters)} values kept");
        yield return ("Bytes up", Quantity.Bytes(up), $"{Quantity.Bytes(up / clientRounds)} per client and round");
        yield return ("Bytes down", Quantity.Bytes(down), $"{Quantity.Bytes(down / clientRounds)} per client and round");
        yield return ("FLOPs per client and round", Quantity.Flops(flops),
            summary?.DenseFlopsPerClientRound is { } dense ? $"{Quantity.Ratio(flops, dense)} than dense" : "busiest client, busiest round");
        if (run.Rounds.Sum(record => record.ServerFlops) is > 0 and var ofServer)
            yield return ("FLOPs of the server's part", Quantity.Flops(ofServer), "all rounds and clients: the body of the cut model");
        if (summary is not null)
        {
            yield return ("Peak training state of a client", Quantity.Bytes(summary.PeakClientMemoryBytes), summary.DenseClientMemoryBytes is { } denseMemory
                ? $"{Quantity.Ratio(summary.PeakClientMemoryBytes, denseMemory)} than dense; activations {Quantity.Bytes(summary.ActivationBytes)} besides"
                : $"activations {Quantity.Bytes(summary.ActivationBytes)} besides");
        }

        yield return ("Virtual time", Quantity.Duration(run.Rounds.Sum(record => record.VirtualSeconds)), "on the simulated devices");
        yield return ("Wall time", Quantity.Duration(summary?.WallSeconds ?? run.Rounds.Sum(record => record.WallSeconds)), "that the simulation took");
    }

    /// <summary>The same exactly, and what does not fit above.</summary>
    public static IEnumerable<(string Name, string Value, bool IsHash)> Details(RunContents run)
    {
        long up = run.Rounds.Sum(record => record.BytesUp), down = run.Rounds.Sum(record => record.BytesDown);
        yield return ("bytes, clients to server", Quantity.Exact(up), false);
        yield return ("bytes, server to clients", Quantity.Exact(down), false);
        yield return ("bytes, both directions", Quantity.Exact(up + down), false);
        if (run.Summary is not { } summary)
            yield break;
        if (summary.DenseFlopsPerClientRound is { } flops)
            yield return ("dense model, FLOPs per client and round", Quantity.Flops(flops), false);
        if (summary.DenseClientMemoryBytes is { } memory)
            yield return ("dense model, training state of a client", $"{Quantity.Exact(memory)} bytes", false);
        yield return ("SHA-256 of the model", summary.ModelSha256, true);
        yield return ("SHA-256 of the ledger", summary.LedgerSha256, true);
    }
}
