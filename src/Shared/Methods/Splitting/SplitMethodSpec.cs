using Federated.Engine.Networks;
using Federated.Methods.Experiments;

namespace Federated.Methods.Splitting;

/// <summary>Options that all methods have which cut the model.</summary>
public abstract record SplitMethodSpec : MethodSpec
{
    /// <summary>Where the model is cut.</summary>
    public CutSpec Cut { get; init; } = new();

    /// <summary>What is left out on the wire.</summary>
    public WireSpec Wire { get; init; } = new();

    /// <summary>How what crosses is made smaller.</summary>
    public CompressionSpec Compression { get; init; } = new();

    /// <inheritdoc/>
    internal sealed override SplitProgram? Program(ExperimentSpec experiment, NetworkPlan plan)
    {
        SplitProgram program = CreateProgram(SplitPlan.Cut(plan, Cut.HeadBlocks, Cut.TailBlocks));
        SplitProgramCheck.Require(experiment, program);
        return program;
    }

    /// <summary>What the method does, over a cut model.</summary>
    private protected abstract SplitProgram CreateProgram(SplitPlan cut);
}
