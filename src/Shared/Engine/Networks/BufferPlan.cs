using Federated.Engine.Layers;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// Which values of a plan share memory, and from when to when each needs it. Activations: a layer that works element by element overwrites its input where
/// nobody else needs it. Gradients: such a layer turns its output's gradient into its input's in place. What is used in one stage only is temporary and
/// lies in scratch memory; what outlives a stage lies in the arena, at a place that others may use before and after.
/// </summary>
internal sealed class BufferPlan
{
    /// <summary>Marks a value without gradient: the network's input.</summary>
    public const int None = -1;

    private readonly NetworkPlan plan;
    private readonly Schedule schedule;
    private readonly int[] roots;
    private readonly int[] gradientRoots;
    private readonly Geometry[] geometries;
    private readonly Geometry[] gradientGeometries;
    private readonly HashSet<(int Operation, int Value)> accumulating = [];

    public BufferPlan(NetworkPlan plan)
    {
        this.plan = plan;
        int count = plan.Values.Length;
        int[] readers = new int[count];
        foreach (Operation operation in plan.Operations)
        {
            foreach (int input in operation.Inputs)
                readers[input]++;
        }

        for (int value = 0; value < count; value++)
        {
            if (readers[value] == 0 && value != plan.Output)
                throw new InvalidModelException(plan.Name, $"value {value} is read by no layer; remove the layer that computes it.");
        }

        roots = FindRoots(plan, readers);
        schedule = new Schedule(plan.Operations, plan.Values, roots);
        geometries = new Geometry[count];
        gradientGeometries = new Geometry[count];
        FindGeometries();
        gradientRoots = FindGradientRoots();
        Activations = FindActivations();
        Gradients = FindGradients();
    }

    /// <summary>The order of execution.</summary>
    public Schedule Schedule => schedule;

    /// <summary>The buffers of the activations.</summary>
    public IReadOnlyList<PlannedBuffer> Activations { get; }

    /// <summary>The buffers of the gradients.</summary>
    public IReadOnlyList<PlannedBuffer> Gradients { get; }

    /// <summary>The value whose activation buffer <paramref name="value"/> uses: itself, unless its layer works in place.</summary>
    public int Root(int value) => roots[value];

    /// <summary>The value whose gradient buffer <paramref name="value"/> uses, or <see cref="None"/>.</summary>
    public int GradientRoot(int value) => gradientRoots[value];

    /// <summary>Geometry of a value's activations.</summary>
    public Geometry Geometry(int value) => geometries[roots[value]];

    /// <summary>Geometry of a value's gradient.</summary>
    public Geometry GradientGeometry(int value) => gradientGeometries[roots[value]];

    /// <summary>Whether operation <paramref name="operation"/> adds to the gradient of its input <paramref name="value"/> instead of overwriting it.</summary>
    public bool Accumulates(int operation, int value) => accumulating.Contains((operation, value));

    private static int[] FindRoots(NetworkPlan plan, int[] readers)
    {
        int[] roots = [.. Enumerable.Range(0, plan.Values.Length)];
        var producers = new Operation?[plan.Values.Length];
        foreach (Operation operation in plan.Operations)
        {
            producers[operation.Output] = operation;
            if (operation.ForwardInPlace && readers[operation.Input] == 1 && producers[operation.Input] is { BackwardReadsOutput: false })
                roots[operation.Output] = roots[operation.Input];
        }

        return roots;
    }

    private void FindGeometries()
    {
        int[] padding = new int[roots.Length];
        int[] gradientPadding = new int[roots.Length];
        foreach (Operation operation in plan.Operations)
        {
            if (operation is not ConvolutionOperation convolution)
                continue;
            int input = roots[convolution.Input];
            int output = roots[convolution.Output];
            padding[input] = Math.Max(padding[input], ConvolutionLayer.RequiredInputPadding(convolution.Shape));
            gradientPadding[output] = Math.Max(gradientPadding[output], ConvolutionLayer.RequiredGradientPadding(convolution.Shape));
        }

        for (int i = 0; i < roots.Length; i++)
        {
            NetworkValue value = plan.Values[i];
            geometries[i] = new Geometry(value.Channels, value.Height, value.Width, padding[i]);
            gradientGeometries[i] = new Geometry(value.Channels, value.Height, value.Width, gradientPadding[i]);
        }
    }

    /// <summary>Gradients that a step reads and writes.</summary>
    private static IEnumerable<int> GradientsOf(Operation operation, StepKind kind) => (operation, kind) switch
    {
        (_, StepKind.Recompute) => [],
        (_, StepKind.WeightGradient) => [operation.Output],
        (BatchNormOperation { Residual: >= 0 } o, StepKind.MeasureGradient) => [o.Output, o.Residual],
        (BatchNormOperation o, StepKind.MeasureGradient or StepKind.MeasureGradientAndRecompute) => [o.Output],
        (BatchNormOperation o, _) => [o.Output, o.Input],
        (AddOperation o, _) => [o.Output, o.Input, o.Second],
        (Operation o, _) => [o.Output, o.Input],
    };

    /// <summary>Activations that a step of the backward pass reads or writes.</summary>
    private static IEnumerable<int> ActivationsOf(Operation operation, StepKind kind) => kind switch
    {
        StepKind.InputGradient => [],
        StepKind.WeightGradient => [operation.Input],
        StepKind.Recompute or StepKind.MeasureGradientAndRecompute => [operation.Input, operation.Output],
        StepKind.Backward when operation is BatchNormOperation => [operation.Input],
        _ => [.. operation.BackwardReadsInput ? [operation.Input] : (int[])[], .. operation.BackwardReadsOutput ? [operation.Output] : (int[])[]],
    };

    private int[] FindGradientRoots()
    {
        (int Stage, ScheduledStep Step)[] steps = [.. schedule.BackwardSteps];
        int[] found = new int[roots.Length];
        Array.Fill(found, None);
        found[plan.Output] = plan.Output;
        for (int at = 0; at < steps.Length; at++)
        {
            ScheduledStep step = steps[at].Step;
            Operation operation = plan.Operations[step.Operation];
            bool given = false;
            foreach (int input in GradientsOf(operation, step.Kind).Skip(1))
            {
                // Value 0 is the batch itself; nobody asks for its gradient unless it is what another part of a cut plan computed.
                if (input == 0 && !plan.InputHasGradient)
                    continue;
                if (found[input] != None)
                {
                    accumulating.Add((step.Operation, input));
                }
                else if (!given && operation.GradientInPlace && GradientGeometry(input) == GradientGeometry(operation.Output) && MayGive(steps, at, input))
                {
                    found[input] = found[operation.Output];
                    given = true;
                }
                else
                {
                    found[input] = input;
                }
            }
        }

        return found;
    }

    /// <summary>
    /// Whether the input's gradient may take the place of the output's in step <paramref name="at"/>. A batch normalisation still needs the output's gradient
    /// in its second step, so until then nobody else may touch what its residual was given.
    /// </summary>
    private bool MayGive((int Stage, ScheduledStep Step)[] steps, int at, int input)
    {
        ScheduledStep step = steps[at].Step;
        if (plan.Operations[step.Operation] is not BatchNormOperation)
            return true;
        if (step.Kind != StepKind.MeasureGradient)
            return false;
        for (int next = at + 1; next < steps.Length && steps[next].Step != step with { Kind = StepKind.Backward }; next++)
        {
            if (GradientsOf(plan.Operations[steps[next].Step.Operation], steps[next].Step.Kind).Contains(input))
                return false;
        }

        return true;
    }

    private List<PlannedBuffer> FindActivations()
    {
        var lives = new Dictionary<int, Lifetime>();
        int position = 0;
        foreach ((int stage, ScheduledStep step) in schedule.ForwardSteps)
        {
            Operation operation = plan.Operations[step.Operation];
            int[] touched = step.Kind == StepKind.Measure ? [operation.Input] : [.. operation.Inputs, operation.Output];
            foreach (int value in touched)
                Touch(lives, roots[value], stage, stage, position);
            position++;
        }

        foreach ((int stage, ScheduledStep step) in schedule.BackwardSteps)
        {
            foreach (int value in ActivationsOf(plan.Operations[step.Operation], step.Kind))
            {
                // A recomputed value lives twice, both times in one stage: here its scratch memory is taken for the whole time in between.
                Touch(lives, roots[value], BackwardTime(stage), stage, position);
            }

            position++;
        }

        // The caller writes the input before the passes and may use it again, and reads the logits and what they are computed from after the forward pass: all keep their place.
        foreach (int value in (int[])[roots[0], roots[plan.Output]])
            lives[value] = lives[value] with { FirstTime = 0, LastTime = BackwardTime(0) };
        return [.. lives.Select(life => new PlannedBuffer(
            life.Key,
            geometries[life.Key],
            life.Value,
            life.Key != 0 && life.Key != roots[plan.Output] && life.Key != roots[plan.LastInput] && life.Value.IsWithinOneStage(schedule.IsRecomputed(life.Key))))];
    }

    private List<PlannedBuffer> FindGradients()
    {
        var lives = new Dictionary<int, Lifetime>();
        int position = schedule.ForwardSteps.Count();
        Touch(lives, gradientRoots[plan.Output], BackwardTime(schedule.Stages.Length - 1) - 1, schedule.Stages.Length, position);
        foreach ((int stage, ScheduledStep step) in schedule.BackwardSteps)
        {
            foreach (int value in GradientsOf(plan.Operations[step.Operation], step.Kind).Where(value => gradientRoots[value] != None))
                Touch(lives, gradientRoots[value], BackwardTime(stage), stage, position);
            position++;
        }

        // The caller reads the input's gradient after the pass.
        if (plan.InputHasGradient)
            Touch(lives, gradientRoots[0], BackwardTime(0) + 1, 0, position);
        return [.. lives.Select(life => new PlannedBuffer(life.Key, gradientGeometries[roots[life.Key]], life.Value, life.Value.IsWithinOneStage(isRecomputed: false)))];
    }

    // Stages of the forward pass, then the loss, then the stages of the backward pass.
    private int BackwardTime(int stage) => (2 * schedule.Stages.Length) - stage;

    private static void Touch(Dictionary<int, Lifetime> lives, int buffer, int time, int stage, int position)
    {
        lives[buffer] = lives.TryGetValue(buffer, out Lifetime life)
            ? life with { FirstTime = Math.Min(life.FirstTime, time), LastTime = Math.Max(life.LastTime, time), LastPosition = position, LastStage = stage }
            : new Lifetime(time, time, position, position, stage, stage);
    }
}

/// <summary>When a buffer is in use.</summary>
/// <param name="FirstTime">First stage, counted through the forward and the backward pass.</param>
/// <param name="LastTime">Last stage, likewise.</param>
/// <param name="FirstPosition">First step, counted through both passes.</param>
/// <param name="LastPosition">Last step.</param>
/// <param name="FirstStage">Number of the first stage, which is the same in both passes.</param>
/// <param name="LastStage">Number of the last stage.</param>
internal readonly record struct Lifetime(int FirstTime, int LastTime, int FirstPosition, int LastPosition, int FirstStage, int LastStage)
{
    /// <summary>Whether the buffer may lie in scratch memory: no other stage needs it, and the same stage of the backward pass at most if it is computed again there.</summary>
    public bool IsWithinOneStage(bool isRecomputed) => FirstTime == LastTime || (isRecomputed && FirstStage == LastStage);
}

/// <summary>One buffer of the plan.</summary>
/// <param name="Root">The value it belongs to.</param>
/// <param name="Geometry">Shape and border.</param>
/// <param name="Life">When it is in use.</param>
/// <param name="IsTemporary">Used in one stage only, so that each thread needs it for the blocks in work only.</param>
internal sealed record PlannedBuffer(int Root, Geometry Geometry, Lifetime Life, bool IsTemporary);
