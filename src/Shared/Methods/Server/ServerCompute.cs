using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;

namespace Federated.Methods.Server;

/// <summary>The server's own computations, done on the workers of this process.</summary>
public sealed class ServerCompute(ExperimentContext context, IWorkerPool pool) : IServerCompute
{
    /// <inheritdoc/>
    public async Task<GlobalModel> PretrainAsync(int samplesPerClass, int epochs, double learningRate, CancellationToken cancel)
    {
        GlobalModel model = InitialModel.Dense(context.Plan, context.Experiment);
        if (samplesPerClass == 0 || epochs == 0)
            return model;
        GlobalModel trained = model;
        await pool.RunAsync(1, (worker, _) => trained = Pretrain(worker, model, epochs, (float)learningRate, cancel), cancel);
        return trained;
    }

    /// <inheritdoc/>
    public async Task<Evaluation?> EvaluateAsync(GlobalModel model, CancellationToken cancel)
    {
        int samples = context.Data.Test.Count;
        int batch = context.LargestBatch;
        int batches = (samples + batch - 1) / batch;
        var results = new LossResult[batches];
        await pool.RunAsync(
            batches,
            (worker, item) =>
            {
                int start = item * batch;
                int[] chosen = [.. Enumerable.Range(start, Math.Min(batch, samples - start))];
                worker.Network.SetMask(model.Mask);
                model.Values.CopyTo(worker.Network.Values);
                model.Statistics.CopyTo(worker.Network.Statistics);
                worker.LoadTestBatch(chosen);
                worker.Network.Forward(ForwardMode.Evaluate, chosen.Length);
                results[item] = worker.Network.Loss(worker.Labels(chosen.Length));
            },
            cancel);
        // Batches are added in their own order, so that the loss does not depend on which worker had which.
        return new Evaluation((double)results.Sum(static r => (long)r.Correct) / samples, results.Sum(static r => r.LossSum) / samples);
    }

    private GlobalModel Pretrain(Worker worker, GlobalModel model, int epochs, float learningRate, CancellationToken cancel)
    {
        ulong seed = context.Experiment.Seed;
        int batchSize = context.Experiment.Training.BatchSize;
        Network network = worker.Network;
        network.SetMask(model.Mask);
        model.Values.CopyTo(network.Values);
        model.Statistics.CopyTo(network.Statistics);
        var optimizer = new Sgd(momentum: 0.9f, nesterov: false, weightDecay: (float)context.Experiment.Training.Optimizer.WeightDecay);
        optimizer.Reset(model.Mask.Count);
        int[] order = [.. context.ServerSamples];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            new KeyedRandom(new RandomKey(seed, RandomPurpose.ServerBatchOrder, epoch)).Shuffle(order.AsSpan());
            for (int start = 0; start < order.Length; start += batchSize)
            {
                cancel.ThrowIfCancellationRequested();
                int count = Math.Min(batchSize, order.Length - start);
                worker.LoadBatch(order.AsSpan(start, count), new AugmentationKey(0, -1, epoch));
                network.Forward(ForwardMode.Train, count, new RandomKey(seed, RandomPurpose.Dropout, 0, -1, ((long)epoch << 32) + start));
                network.Loss(worker.Labels(count));
                network.Backward();
                optimizer.Step(network.Values, network.Gradients, learningRate);
            }
        }

        return new GlobalModel(model.Mask, network.Values.ToArray(), network.Statistics.ToArray());
    }
}
