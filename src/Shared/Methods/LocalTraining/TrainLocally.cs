using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;
using Federated.Pruning.Costs;

namespace Federated.Methods.LocalTraining;

/// <summary>How many of the largest gradients of pruned weights a client reports for one tensor.</summary>
/// <param name="Tensor">Index of the tensor in the layout.</param>
/// <param name="Count">How many, at most.</param>
public readonly record struct GradientRequest(int Tensor, int Count);

/// <summary>
/// "Train this model on your own samples": E epochs of mini-batch training, then the values, the running statistics and, when asked,
/// the largest gradients of pruned weights. The one task that all methods here share.
/// </summary>
public sealed class TrainLocally : ClientTask<TrainingAnswer>
{
    /// <summary>Name of the task.</summary>
    public const string TaskName = "train";

    private readonly IFederation federation;
    private readonly GlobalModel model;
    private readonly int round;
    private readonly IReadOnlyList<GradientRequest> requests;

    /// <summary>The task of training a model.</summary>
    /// <param name="federation">The federation.</param>
    /// <param name="model">What clients start from.</param>
    /// <param name="round">The round: how many samples its epochs go through may depend on it.</param>
    /// <param name="requests">Gradients that are asked for as well.</param>
    public TrainLocally(IFederation federation, GlobalModel model, int round, IReadOnlyList<GradientRequest>? requests = null)
    {
        this.round = round;
        this.federation = federation;
        this.model = model;
        this.requests = requests ?? [];
        var parts = new List<TaskPart>();
        if (!model.Mask.IsDense)
            parts.Add(new TaskPart(new MaskPart(model.Mask), Retention.UntilReplaced));
        parts.Add(new TaskPart(model.Mask.IsDense ? new DenseValuesPart(model.Values) : new SparseValuesPart(model.Mask, model.Values)));
        if (model.Statistics.Length > 0)
            parts.Add(new TaskPart(new NormStatisticsPart(model.Statistics)));
        if (this.requests.Count > 0)
            parts.Add(new TaskPart(GradientRequests.ToPart(this.requests)));
        Parts = parts;
    }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override IReadOnlyList<TaskPart> Parts { get; }

    /// <summary>Training state in bytes under a mask: values, indices, gradients, optimiser state, and the buffers of the requested gradients.</summary>
    public static long StateBytes(ExperimentSpec experiment, Mask mask, IReadOnlyList<GradientRequest> requests) =>
        MemoryCost.Of(mask, new MemoryDemand(
            mask.IsDense ? IndexForm.None : IndexForm.Coordinates,
            GradientStorage.Sparse,
            OptimizerFactory.Create(experiment.Training.Optimizer).StatePerValue,
            requests.Sum(static r => r.Count))).ModelBytes;

    /// <inheritdoc/>
    public override IAnswerCollector<TrainingAnswer> CreateCollector() => new TrainingAnswerCollector(federation.Plan, model.Mask, requests, SamplesSeen);

    /// <summary>Operations of training a model on so many samples: three forward passes each, products of activations included.</summary>
    public static double Flops(NetworkPlan plan, Mask mask, long samples) => (double)samples * 6 * plan.MultiplyAdds(mask);

    /// <inheritdoc/>
    public override double Flops(ClientDescription client)
    {
        double flops = Flops(federation.Plan, model.Mask, SamplesSeen(client.Samples))
            + ((double)SampleBudget.Scanned(federation.Experiment, client.Samples) * 2 * federation.Plan.MultiplyAdds(model.Mask));
        if (requests.Count > 0)
            flops += GradientSamples(federation, client) * (double)FlopCost.TensorGradientStep(model.Mask, requests.Select(static r => r.Tensor));
        return flops;
    }

    /// <inheritdoc/>
    public override Payload PlannedAnswer(NetworkPlan plan, ClientDescription client) =>
        TrainLocallyHandler.Answer(model.Mask, model.Values, model.Statistics, SamplesSeen(client.Samples), 0, GradientRequests.Planned(model.Mask, requests));

    /// <summary>Samples of the batch whose gradients a client reports.</summary>
    internal static int GradientSamples(IFederation federation, ClientDescription client) =>
        Math.Min(client.Samples, Math.Max(federation.Experiment.Method.LargestBatch, federation.Experiment.Training.BatchSize));

    private long SamplesSeen(int samples) => SampleBudget.OfRound(federation.Experiment, samples, round);
}
