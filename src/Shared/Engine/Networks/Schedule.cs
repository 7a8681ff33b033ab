using System.Collections.Immutable;

namespace Federated.Engine.Networks;

/// <summary>
/// The order in which a plan's layers are executed: its operations cut into stages. A normalisation over the batch is measured in the stage that computes its
/// input and applied in a later one, as late as its readers allow. Its output is then read in the same stage only: it need not be kept, because the
/// backward pass can compute it again in one sweep, and while a group is in work it lies in the cache.
/// </summary>
internal sealed class Schedule
{
    // Pixels of sixteen images that a group has at least: two tiles of the pattern kernels; the dense kernels read a layer's weights once a group and share them among its pixels
    // (ResNet-18 dense 8 % faster than with 16; with 64, batches of 64 images would leave one group on the smallest maps and nothing to share among threads).
    private const int GroupPixels = 32;

    private readonly ImmutableArray<Operation> operations;
    private readonly int[] roots;
    private readonly int[] operationStages;
    private readonly int[] valueStages;
    private readonly List<int> blocksPerGroup = [];

    /// <summary>Schedules <paramref name="operations"/>.</summary>
    /// <param name="operations">In the order of the forward pass.</param>
    /// <param name="values">The plan's values.</param>
    /// <param name="roots">For each value the value whose activations' memory it uses.</param>
    public Schedule(ImmutableArray<Operation> operations, ImmutableArray<NetworkValue> values, int[] roots)
    {
        this.operations = operations;
        this.roots = roots;
        operationStages = new int[operations.Length];
        valueStages = new int[values.Length];
        for (int i = 0; i < operations.Length; i++)
        {
            operationStages[i] = EarliestStage(operations[i], values);
            valueStages[operations[i].Output] = operationStages[i];
        }

        DelayNormalizations();
        Stages = [.. Enumerable.Range(0, operationStages.Max() + 1).Select(Build)];
    }

    /// <summary>The stages in the order of the forward pass; the backward pass takes them in reverse.</summary>
    public ImmutableArray<Stage> Stages { get; }

    /// <summary>All steps of the backward pass in order, with the number of their stage.</summary>
    public IEnumerable<(int Stage, ScheduledStep Step)> BackwardSteps =>
        Enumerable.Range(0, Stages.Length).Reverse().SelectMany(stage => Stages[stage].Backward.Select(step => (stage, step)));

    /// <summary>All steps of the forward pass in order, with the number of their stage.</summary>
    public IEnumerable<(int Stage, ScheduledStep Step)> ForwardSteps =>
        Enumerable.Range(0, Stages.Length).SelectMany(stage => Stages[stage].Forward.Select(step => (stage, step)));

    /// <summary>Whether the backward pass computes the activations of <paramref name="value"/> again.</summary>
    public bool IsRecomputed(int value) =>
        Producer(value) is { } producer
        && operations[producer] is BatchNormOperation { Residual: < 0 }
        && !Enumerable.Range(0, roots.Length).Any(other => other != value && roots[other] == roots[value])
        && Readers(value).Any()
        && Readers(value).All(reader => operations[reader] is not BatchNormOperation && operationStages[reader] == operationStages[producer]);

    private int EarliestStage(Operation operation, ImmutableArray<NetworkValue> values)
    {
        int stage = operation.Inputs.Max(input => valueStages[input]);
        if (operation is BatchNormOperation)
            stage = Math.Max(stage, valueStages[operation.Input] + 1);
        int blocks = operation is ConvolutionOperation or LinearOperation
            ? (GroupPixels + (values[operation.Output].Height * values[operation.Output].Width) - 1) / (values[operation.Output].Height * values[operation.Output].Width)
            : 0;
        // Layers of one stage work on the same groups: a layer that wants larger ones opens a stage.
        while (blocks > 0 && stage < blocksPerGroup.Count && blocksPerGroup[stage] > 0 && blocksPerGroup[stage] != blocks)
            stage++;
        while (blocksPerGroup.Count <= stage)
            blocksPerGroup.Add(0);
        if (blocks > 0)
            blocksPerGroup[stage] = blocks;
        return stage;
    }

    private void DelayNormalizations()
    {
        for (int i = operations.Length - 1; i >= 0; i--)
        {
            if (operations[i] is not BatchNormOperation { Residual: < 0 } normalization)
                continue;
            int[] stages = [.. Readers(normalization.Output).Select(reader => operations[reader] is BatchNormOperation next && next.Input == normalization.Output
                ? operationStages[i]
                : operationStages[reader]).Distinct()];
            if (stages.Length != 1)
                continue;
            operationStages[i] = stages[0];
            valueStages[normalization.Output] = stages[0];
        }
    }

    private Stage Build(int stage)
    {
        var forward = ImmutableArray.CreateBuilder<ScheduledStep>();
        var backward = ImmutableArray.CreateBuilder<ScheduledStep>();
        for (int i = 0; i < operations.Length; i++)
        {
            if (operationStages[i] == stage)
                forward.Add(new ScheduledStep(StepKind.Forward, i));
            if (operations[i] is BatchNormOperation && valueStages[operations[i].Input] == stage)
                forward.Add(new ScheduledStep(StepKind.Measure, i));
        }

        var recomputed = new HashSet<int>();
        var measured = new HashSet<int>();
        for (int i = operations.Length - 1; i >= 0; i--)
        {
            Operation operation = operations[i];
            if (operation is BatchNormOperation)
            {
                // Where the convolution that reads the output was just differentiated, its gradient was measured on the way.
                if (operationStages[i] == stage && !measured.Contains(operation.Output))
                    backward.Add(new ScheduledStep(StepKind.MeasureGradient, i));
                if (valueStages[operation.Input] == stage)
                    backward.Add(new ScheduledStep(StepKind.Backward, i));
            }
            else if (operationStages[i] == stage && operation is ConvolutionOperation && IsRecomputed(operation.Input) && Readers(operation.Input).Count() == 1)
            {
                measured.Add(operation.Input);
                backward.Add(new ScheduledStep(StepKind.InputGradient, i));
                backward.Add(new ScheduledStep(StepKind.MeasureGradientAndRecompute, Producer(operation.Input)!.Value));
                backward.Add(new ScheduledStep(StepKind.WeightGradient, i));
            }
            else if (operationStages[i] == stage)
            {
                if (operation.BackwardReadsInput && IsRecomputed(operation.Input) && recomputed.Add(operation.Input))
                    backward.Add(new ScheduledStep(StepKind.Recompute, Producer(operation.Input)!.Value));
                backward.Add(new ScheduledStep(StepKind.Backward, i));
            }
        }

        return new Stage(Math.Max(1, blocksPerGroup[stage]), forward.ToImmutable(), backward.ToImmutable());
    }

    private int? Producer(int value)
    {
        for (int i = 0; i < operations.Length; i++)
        {
            if (operations[i].Output == value)
                return i;
        }

        return null;
    }

    private IEnumerable<int> Readers(int value) => Enumerable.Range(0, operations.Length).Where(i => operations[i].Inputs.Contains(value));
}
