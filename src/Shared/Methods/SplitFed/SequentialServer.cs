using Federated.Engine.Randomness;
using Federated.Methods.Federation;
using Federated.Methods.PartialTuning;
using Federated.Methods.Splitting;
using Federated.Protocol.Aggregation;

namespace Federated.Methods.SplitFed;

/// <summary>
/// One server's part that the clients of a cohort train on one after the other (SplitFed V2), in an order drawn for the round. Every client starts from the same ends; only the server's part is handed on.
/// Nothing can run at the same time: that is the method, not the simulator.
/// </summary>
internal static class SequentialServer
{
    /// <summary>Asks the round's cohort.</summary>
    public static async Task<TensorAnswer> AskAsync(IFederation federation, Round round, GlobalModel model, CancellationToken cancel)
    {
        SplitProgram program = federation.Split;
        ClientDescription[] order = [.. round.Sample().Clients];
        new KeyedRandom(new RandomKey(federation.Experiment.Seed, RandomPurpose.Cohort, round.Number, Step: 1)).Shuffle(order.AsSpan());
        var ends = new ExactSum(program.ClientTrainable.Count);
        float[] server = program.ServerTrainable.Gather(model.Values);
        var losses = new ExactScalarSum();
        foreach (ClientDescription client in order)
        {
            TensorAnswer answer = await round.AskAsync(new TrainSplit(federation, program.WithServer(model, server), round.Number), new Cohort([client]), cancel);
            ends.Add(answer.ClientValues, client.Samples, client.Id);
            server = answer.ServerValues;
            losses.Add(answer.MeanLoss * client.Samples, 1, client.Id);
        }

        return new TensorAnswer(ends.Mean(), server, losses.Over((ulong)order.Sum(static client => (long)client.Samples)));
    }
}
