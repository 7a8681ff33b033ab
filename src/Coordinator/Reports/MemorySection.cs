using Federated.Coordinator.Runs;

namespace Federated.Coordinator.Reports;

/// <summary>What a client needs by formula, beside what a worker of the simulation was measured to hold.</summary>
internal static class MemorySection
{
    /// <summary>Writes the section.</summary>
    public static void Write(ReportPage page, RunSummary summary)
    {
        long formula = summary.PeakClientMemoryBytes + summary.ActivationBytes;
        page.Section("Memory", "A device is charged what the method's formula says; the simulation trains its clients in workers, whose memory is measured.");
        page.Table(["memory", "bytes", "what it counts"],
        [
            ["training state of a client, by formula", Quantity.Exact(summary.PeakClientMemoryBytes), "Values, positions, gradients and optimiser state of the kept weights and the method's buffers, at the method's peak."],
            ["activations of a batch, by formula", Quantity.Exact(summary.ActivationBytes), "What a training step keeps of each layer for its backward pass, four bytes a value."],
            ["both", Quantity.Exact(formula), "What a device needs for a training step."],
            ["one worker, measured peak", Quantity.Exact(summary.WorkerArenaBytes),
                "The arena: activations of the largest batch, rounded up to blocks of sixteen images and with zero borders, their gradients and scratch memory; trainable values, gradients and optimiser state, "
                + "those of the server's own training included. The kernels' tables of positions come on top."],
        ], null, 2);
        string ratio = summary.WorkerArenaBytes >= formula
            ? $"{Quantity.ThreeDigits((double)summary.WorkerArenaBytes / Math.Max(1, formula))} times what the formulas say"
            : $"{Quantity.Percent((double)summary.WorkerArenaBytes / Math.Max(1, formula))} of what the formulas say";
        page.Paragraph($"The worker held {ratio}.");
    }
}
