using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// Runs a plan's layers stage by stage: within a stage each group of blocks passes all layers on whichever thread is free, and between stages the
/// normalisations are finished. The result depends on neither the number of threads nor on who does which group.
/// </summary>
internal sealed unsafe class Execution : IDisposable
{
    private readonly NetworkPlan plan;
    private readonly Arena arena;
    private readonly StepTeam team;
    private readonly Layer[] layers;
    private readonly BatchNormLayer[] normalizations;
    private readonly NativeFloats partials = new();
    private readonly Action<int> runGroups;
    private readonly Action<int> prepareLayers;
    private readonly int mostGroups;

    // The work of the current stage, which all threads read; next is the first group (or layer) that no thread has taken yet.
    private Pass pass;
    private Stage stage;
    private int groups;
    private bool isBackward;
    private int next;

    /// <summary>Makes the layers and starts the threads.</summary>
    public Execution(NetworkPlan plan, Arena arena, VectorWidth width, int maximumBlocks, int threads)
    {
        this.plan = plan;
        this.arena = arena;
        layers = LayerFactory.Create(plan, arena.Tensors, width, maximumBlocks, threads);
        normalizations = [.. layers.OfType<BatchNormLayer>()];
        stage = plan.Buffers.Schedule.Stages[0];
        mostGroups = plan.Buffers.Schedule.Stages.Max(stage => stage.GroupsOf(maximumBlocks));
        runGroups = RunGroups;
        prepareLayers = PrepareLayers;
        team = new StepTeam(threads);
    }

    /// <summary>The normalisation layers in the order of the plan.</summary>
    public IReadOnlyList<BatchNormLayer> Normalizations => normalizations;

    /// <summary>Bytes of the partial gradients.</summary>
    public long Bytes => partials.Bytes;

    /// <summary>Rebuilds what depends on the mask.</summary>
    public void SetMask(Mask mask)
    {
        long groupsInMemory = mostGroups == 1 ? 0 : team.Count == 1 ? 1 : mostGroups - 1;
        partials.Reset(groupsInMemory * mask.Count);
        foreach (Layer layer in layers)
            layer.MaskChanged(mask);
    }

    /// <summary>Says which tensors train: layers leave out what only the others would need.</summary>
    public void SetTrainable(ParameterSubset trainable, bool inputGradient)
    {
        BackwardDemand[] demands = BackwardDemands.Of(plan, trainable, inputGradient);
        for (int i = 0; i < layers.Length; i++)
            layers[i].Demand = demands[i];
    }

    /// <summary>The forward pass.</summary>
    public void Forward(in Pass pass)
    {
        this.pass = pass;
        PrepareLayers(isBackward: false);
        StepContext step = Context(0);
        if (pass.Mode == ForwardMode.Evaluate)
        {
            foreach (BatchNormLayer layer in normalizations)
                layer.UseRunningStatistics(ref step);
        }

        foreach (Stage each in plan.Buffers.Schedule.Stages)
        {
            Run(each, backward: false);
            foreach (ScheduledStep scheduled in each.Forward)
                Finish(scheduled, ref step);
        }
    }

    /// <summary>The backward pass.</summary>
    public void Backward(in Pass pass)
    {
        this.pass = pass;
        PrepareLayers(isBackward: true);
        Schedule schedule = plan.Buffers.Schedule;
        for (int i = schedule.Stages.Length - 1; i >= 0; i--)
        {
            Stage each = schedule.Stages[i];
            this.pass.KeptScratch = IsProbed(each) ? arena.KeptScratch(i) : null;
            Run(each, backward: true);
            StepContext step = Context(0);
            foreach (ScheduledStep scheduled in each.Backward)
                Finish(scheduled, ref step);
        }
    }

    /// <summary>Milliseconds of each kind of layer in each kind of step, on one thread, in one more forward and backward pass.</summary>
    public IReadOnlyList<(string Layer, StepKind Step, double Milliseconds)> TimeSteps(in Pass forward, Action loss, TimeProvider time)
    {
        pass = forward;
        PrepareLayers(isBackward: false);
        var times = new Dictionary<(string, StepKind), double>();
        foreach (Stage each in plan.Buffers.Schedule.Stages)
            TimeStage(each, backward: false, times, time);
        loss();
        PrepareLayers(isBackward: true);
        foreach (Stage each in plan.Buffers.Schedule.Stages.Reverse())
            TimeStage(each, backward: true, times, time);
        return [.. times.Select(static t => (t.Key.Item1, t.Key.Item2, t.Value)).Order()];
    }

    /// <summary>Ends the threads and frees the layers' tables.</summary>
    public void Dispose()
    {
        team.Dispose();
        foreach (Layer layer in layers)
            (layer as IDisposable)?.Dispose();
        partials.Dispose();
    }

    private bool IsProbed(Stage each)
    {
        if (pass.Probe is null)
            return false;
        foreach (ScheduledStep step in each.Backward)
        {
            int tensor = plan.Operations[step.Operation] switch
            {
                ConvolutionOperation o => o.Weight,
                LinearOperation o => o.Weight,
                _ => -1,
            };
            if (tensor >= 0 && pass.Probe[tensor] is not null)
                return true;
        }

        return false;
    }

    private void Run(Stage each, bool backward)
    {
        stage = each;
        groups = each.GroupsOf(pass.Blocks);
        isBackward = backward;
        next = 0;
        if (groups == 1)
            RunGroups(0);
        else
            team.Run(runGroups);
    }

    private void RunGroups(int thread)
    {
        StepContext step = Context(thread);
        for (int group = Interlocked.Increment(ref next) - 1; group < groups; group = Interlocked.Increment(ref next) - 1)
        {
            BlockRange blocks = StartGroup(ref step, group);
            foreach (ScheduledStep scheduled in isBackward ? stage.Backward : stage.Forward)
                Run(scheduled, ref step, blocks);
        }
    }

    private void PrepareLayers(bool isBackward)
    {
        this.isBackward = isBackward;
        next = 0;
        team.Run(prepareLayers);
    }

    private void PrepareLayers(int thread)
    {
        StepContext step = Context(thread);
        for (int layer = Interlocked.Increment(ref next) - 1; layer < layers.Length; layer = Interlocked.Increment(ref next) - 1)
        {
            if (isBackward)
                layers[layer].PrepareBackward(ref step);
            else
                layers[layer].PrepareForward(ref step);
        }
    }

    private BlockRange StartGroup(ref StepContext step, int group)
    {
        step.GroupGradients = group == 0 ? step.Gradients : team.Count == 1 ? partials.Pointer : partials.Pointer + ((group - 1) * step.PartialStride);
        return new BlockRange(group * stage.BlocksPerGroup, Math.Min((group + 1) * stage.BlocksPerGroup, step.Blocks));
    }

    private void Run(ScheduledStep scheduled, ref StepContext step, BlockRange blocks)
    {
        Layer layer = layers[scheduled.Operation];
        bool isAsked = layer.Demand != BackwardDemand.None;
        switch (scheduled.Kind)
        {
            case StepKind.MeasureGradient or StepKind.Backward or StepKind.InputGradient or StepKind.WeightGradient when !isAsked:
                break;
            case StepKind.Measure when step.Mode == ForwardMode.Evaluate:
                break;
            case StepKind.Measure:
                ((BatchNormLayer)layer).Measure(ref step, blocks);
                break;
            case StepKind.MeasureGradient:
                ((BatchNormLayer)layer).MeasureGradient(ref step, blocks, recompute: false);
                break;
            case StepKind.MeasureGradientAndRecompute when isAsked:
                ((BatchNormLayer)layer).MeasureGradient(ref step, blocks, recompute: true);
                break;
            case StepKind.InputGradient:
                ((WeightedLayer)layer).InputGradient(ref step, blocks);
                break;
            case StepKind.WeightGradient:
                ((WeightedLayer)layer).WeightGradient(ref step, blocks);
                break;
            case StepKind.Backward:
                layer.Backward(ref step, blocks);
                break;
            default:
                layer.Forward(ref step, blocks);
                break;
        }
    }

    private void Finish(ScheduledStep scheduled, ref StepContext step)
    {
        bool isForward = scheduled.Kind is StepKind.Forward or StepKind.Measure;
        if (!isForward && layers[scheduled.Operation].Demand == BackwardDemand.None)
            return;
        if (scheduled.Kind is StepKind.Backward or StepKind.WeightGradient)
            layers[scheduled.Operation].FinishBackward(ref step);
        else if (scheduled.Kind is StepKind.MeasureGradient or StepKind.MeasureGradientAndRecompute)
            ((BatchNormLayer)layers[scheduled.Operation]).FinishMeasureGradient(ref step);
        else if (scheduled.Kind == StepKind.Measure && step.Mode != ForwardMode.Evaluate)
            ((BatchNormLayer)layers[scheduled.Operation]).FinishMeasure(ref step);
    }

    private void TimeStage(Stage each, bool backward, Dictionary<(string Layer, StepKind Step), double> times, TimeProvider time)
    {
        stage = each;
        groups = each.GroupsOf(pass.Blocks);
        StepContext step = Context(0);
        for (int group = 0; group < groups; group++)
        {
            BlockRange blocks = StartGroup(ref step, group);
            foreach (ScheduledStep scheduled in backward ? each.Backward : each.Forward)
            {
                (string, StepKind) key = (layers[scheduled.Operation].GetType().Name, scheduled.Kind);
                long start = time.GetTimestamp();
                Run(scheduled, ref step, blocks);
                times[key] = times.GetValueOrDefault(key) + time.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        foreach (ScheduledStep scheduled in backward ? each.Backward : each.Forward)
            Finish(scheduled, ref step);
    }

    private StepContext Context(int thread) => new()
    {
        Count = pass.Count,
        Blocks = pass.Blocks,
        Thread = thread,
        Scratch = pass.KeptScratch != null ? pass.KeptScratch : arena.Scratch(thread),
        KeepsScratch = pass.KeptScratch != null,
        Mode = pass.Mode,
        Values = pass.Values,
        Gradients = pass.Gradients,
        GroupGradients = pass.Gradients,
        Groups = groups,
        Partials = team.Count == 1 ? null : partials.Pointer,
        PartialStride = pass.ValueCount,
        Statistics = arena.StatisticsPointer,
        Key = pass.Key,
        Probe = pass.Probe,
    };
}
