using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Federated.Methods.LocalTraining;
using Federated.Methods.Server;

namespace Federated.Methods.Pretraining;

/// <summary>
/// Trains a model centrally, step by step. Order, random changes of images and dropout are named by epoch and step, so that training goes on after any step to the same bits; the number of
/// threads, which share each step, changes none either. Not safe for use by several threads at once.
/// </summary>
public sealed class Pretrainer : IDisposable
{
    // Streams of random numbers that a federated run keeps for its clients belong to the server here.
    private const int Server = -1;

    private readonly PretrainSpec spec;
    private readonly DataSet data;
    private readonly int[] samples;
    private readonly int[] order;
    private readonly BatchLoader loader;
    private readonly Network network;
    private readonly IOptimizer optimizer;
    private int orderedEpoch = -1;
    private int step;
    private double lossSum;
    private long correct;

    /// <summary>The model with its initial values.</summary>
    /// <exception cref="ExperimentException">The pre-training does not fit the data.</exception>
    /// <exception cref="InvalidModelException">The model does not fit the images.</exception>
    public Pretrainer(PretrainSpec spec, DataSet data, int threads)
    {
        this.spec = spec;
        this.data = data;
        var preparation = new ImagePreparation(data, spec.Data);
        Input = new ModelInput(data.Train.Channels, preparation.Height, preparation.Width, data.Train.Classes);
        Plan = spec.Model.CreatePlan(Input, ModelExtras.None);
        samples = SampleChoice.Of(spec.Data, data.Train, spec.Seed);
        order = new int[samples.Length];
        StepsPerEpoch = BatchOrder.BatchCount(samples.Length, spec.Training.BatchSize);
        loader = new BatchLoader(preparation, spec.Seed, spec.Training.BatchSize);
        optimizer = OptimizerFactory.Create(spec.Training.Optimizer);
        network = new Network(Plan, spec.Training.BatchSize, threads: threads);
        GlobalModel initial = InitialModel.Dense(Plan, spec.Model, spec.Seed);
        initial.Values.CopyTo(network.Values);
        initial.Statistics.CopyTo(network.Statistics);
        optimizer.Reset(Plan.Parameters.Count);
    }

    /// <summary>The model's plan.</summary>
    public NetworkPlan Plan { get; }

    /// <summary>Shape of the images and number of classes.</summary>
    public ModelInput Input { get; }

    /// <summary>Training samples of an epoch.</summary>
    public int Samples => samples.Length;

    /// <summary>Steps of an epoch.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Steps of the whole training.</summary>
    public int Steps => checked(StepsPerEpoch * spec.Training.Epochs);

    /// <summary>Steps done.</summary>
    public int Step => step;

    /// <summary>Epochs done.</summary>
    public int Epochs => step / StepsPerEpoch;

    /// <summary>
    /// Floating-point operations of the whole training: a forward pass of a sample is two for each multiply-add, a training step three forward passes; evaluations are one each of all test images.
    /// </summary>
    public double Flops
    {
        get
        {
            double forward = 2.0 * Plan.MultiplyAdds();
            return forward * ((3.0 * Samples * spec.Training.Epochs) + ((double)Evaluations(0) * data.Test.Count));
        }
    }

    /// <summary>Evaluations of the epochs behind the first <paramref name="done"/>.</summary>
    public int Evaluations(int done) => Enumerable.Range(done + 1, spec.Training.Epochs - done).Count(IsEvaluated);

    /// <summary>Whether the model is evaluated after epoch <paramref name="epoch"/> (from 1).</summary>
    public bool IsEvaluated(int epoch) => epoch % spec.Evaluation.Every == 0 || epoch == spec.Training.Epochs;

    /// <summary>The model as it is.</summary>
    public GlobalModel Model => new(Mask.Dense(Plan.Parameters), network.Values.ToArray(), network.Statistics.ToArray());

    /// <summary>A copy of the state after the last step.</summary>
    public PretrainState Save() => new(step, lossSum, correct, network.Values.ToArray(), network.Statistics.ToArray(), optimizer.Save());

    /// <summary>Goes on from a state.</summary>
    /// <exception cref="ArgumentException">The state is of another training.</exception>
    public void Restore(PretrainState state)
    {
        if (state.Step < 0 || state.Step > Steps || state.Values.Length != network.Values.Length || state.Statistics.Length != network.Statistics.Length)
            throw new ArgumentException($"The state has {state.Values.Length} values and {state.Statistics.Length} statistics after {state.Step} steps; the training has {network.Values.Length}, {network.Statistics.Length} and {Steps}.", nameof(state));
        optimizer.Restore(state.Optimizer);
        state.Values.CopyTo(network.Values);
        state.Statistics.CopyTo(network.Statistics);
        (step, lossSum, correct) = (state.Step, state.LossSum, state.Correct);
    }

    /// <summary>Trains to the end of the epoch under way, or until asked to stop.</summary>
    /// <param name="stop">Ends after the step under way.</param>
    /// <param name="stepped">Told after every step how many of the epoch are done.</param>
    /// <returns>The epoch's figures without evaluation and time; null when it was stopped before its end.</returns>
    /// <exception cref="TrainingDivergedException">A loss is not finite.</exception>
    public PretrainEpoch? TrainEpoch(CancellationToken stop, Action<int> stepped)
    {
        int epoch = Epochs;
        if (epoch >= spec.Training.Epochs)
            throw new InvalidOperationException("The training is complete.");
        if (orderedEpoch != epoch)
        {
            BatchOrder.Fill(samples, order, spec.Seed, round: 0, Server, epoch);
            orderedEpoch = epoch;
        }

        for (int batch = step % StepsPerEpoch; batch < StepsPerEpoch; batch++)
        {
            if (stop.IsCancellationRequested)
                return null;
            LossResult result = Differentiate(epoch, batch);
            if (!double.IsFinite(result.LossSum))
                throw new TrainingDivergedException(epoch + 1, batch + 1);
            if (spec.Training.GradientClipping > 0)
                GradientNorm.Clip(network.Gradients, spec.Training.GradientClipping);
            optimizer.Step(network.Values, network.Gradients, (float)RateOf(step));
            step++;
            lossSum += result.LossSum;
            correct += result.Correct;
            stepped(batch + 1);
        }

        PretrainEpoch record = new()
        {
            Epoch = epoch + 1,
            LearningRate = RateOf(step - 1),
            TrainingLoss = lossSum / Samples,
            TrainingAccuracy = (double)correct / Samples,
            WallSeconds = 0,
        };
        (lossSum, correct) = (0, 0);
        return record;
    }

    /// <summary>Accuracy and mean loss on the test images, after a whole number of epochs.</summary>
    /// <exception cref="TrainingDivergedException">The loss is not finite.</exception>
    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public Evaluation Evaluate(CancellationToken stop)
    {
        double loss = 0;
        long right = 0;
        int[] all = [.. Enumerable.Range(0, data.Test.Count)];
        for (int batch = 0; batch < BatchOrder.BatchCount(all.Length, spec.Training.BatchSize); batch++)
        {
            stop.ThrowIfCancellationRequested();
            ReadOnlySpan<int> chosen = BatchOrder.Batch(all, batch, spec.Training.BatchSize);
            loader.Load(network, data.Test, chosen, augmented: null);
            network.Forward(ForwardMode.Evaluate, chosen.Length);
            LossResult result = network.Loss(loader.Labels(chosen.Length));
            loss += result.LossSum;
            right += result.Correct;
        }

        // The last step may have been the one too many.
        return double.IsFinite(loss) ? new Evaluation((double)right / all.Length, loss / all.Length) : throw new TrainingDivergedException(Math.Max(1, Epochs), StepsPerEpoch);
    }

    /// <summary>
    /// Seconds that the rest of the training will take about: the measured time of a step, and a third of it for each batch that is evaluated. Computes a few steps whose results are thrown away.
    /// </summary>
    public double EstimateSeconds(TimeProvider time)
    {
        const int Measured = 2;
        float[] statistics = network.Statistics.ToArray();
        int epoch = Math.Min(Epochs, spec.Training.Epochs - 1);
        BatchOrder.Fill(samples, order, spec.Seed, round: 0, Server, epoch);
        orderedEpoch = epoch;
        Differentiate(epoch, 0); // compiles what the measured steps run
        long start = time.GetTimestamp();
        for (int i = 0; i < Measured; i++)
            Differentiate(epoch, 0);
        double seconds = time.GetElapsedTime(start).TotalSeconds / Measured;
        statistics.CopyTo(network.Statistics);
        double evaluated = (double)Evaluations(Epochs) * BatchOrder.BatchCount(data.Test.Count, spec.Training.BatchSize);
        return seconds * ((Steps - step) + (evaluated / 3));
    }

    /// <inheritdoc/>
    public void Dispose() => network.Dispose();

    private LossResult Differentiate(int epoch, int batch)
    {
        ReadOnlySpan<int> chosen = BatchOrder.Batch(order, batch, spec.Training.BatchSize);
        loader.Load(network, data.Train, chosen, new AugmentationKey(0, Server, epoch));
        network.Forward(ForwardMode.Train, chosen.Length, new RandomKey(spec.Seed, RandomPurpose.Dropout, epoch, Server, batch));
        LossResult result = network.Loss(loader.Labels(chosen.Length), (float)spec.Training.LabelSmoothing);
        network.Backward();
        return result;
    }

    private double RateOf(int at) => spec.Training.LearningRate.At(at, Steps, StepsPerEpoch);
}
