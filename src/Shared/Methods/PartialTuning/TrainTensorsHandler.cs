using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.DataPruning;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.Splitting;
using Federated.Protocol.Payloads;

namespace Federated.Methods.PartialTuning;

/// <summary>The client half of <see cref="TrainTensors"/>. Which tensors train says the payload: those that come as such.</summary>
public sealed class TrainTensorsHandler : IClientTaskHandler
{
    /// <inheritdoc/>
    public string Name => TrainTensors.TaskName;

    /// <inheritdoc/>
    public Payload Run(Client client, Payload received, CancellationToken cancel)
    {
        client.Network.SetMask(client.DenseMask);
        foreach (TensorValuesPart part in received.Parts.OfType<TensorValuesPart>())
            part.Subset.Scatter(part.Values, client.Network.Values);
        ParameterSubset trainable = Trainable(received);
        var parameters = new TrainableParameters((client.Network, trainable, false));
        double lossSum = client.Train(cancel, parameters);
        return Answer(trainable, parameters.Read(), SampleBudget.OfRound(client.Experiment, client.Description.Samples, client.Round), lossSum);
    }

    /// <inheritdoc/>
    public IAnswerFold CreateFold(ExperimentContext context, Payload received, int round) => new TensorAnswerCollector(
        TrainTensors.TaskName, Trainable(received), ParameterSubset.None(context.Plan.Parameters), context.DenseMask, client => SampleBudget.OfRound(context.Experiment, client.Samples, round));

    internal static Payload Answer(ParameterSubset trainable, float[] values, long samplesSeen, double lossSum) => new(
        new ScalarsPart(Scalar.Of(ScalarKey.SamplesSeen, samplesSeen), Scalar.Of(ScalarKey.LossSum, lossSum)), new TensorValuesPart(PartKind.TensorValues, trainable, values));

    private static ParameterSubset Trainable(Payload received) => received.Parts.OfType<TensorValuesPart>().FirstOrDefault(static part => part.Kind == PartKind.TensorValues)?.Subset
        ?? throw new ClientAnswerException("The payload from the server holds no tensors to train: coordinator and node are of different versions.");
}
