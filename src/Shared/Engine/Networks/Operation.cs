using System.Collections.Immutable;
using Federated.Engine.Layers;

namespace Federated.Engine.Networks;

/// <summary>One layer of a plan. Values are named by number; value 0 is the network's input.</summary>
internal abstract record Operation(string Name, int Input, int Output)
{
    /// <summary>All values that are read, in the order in which the backward pass may give away the output's gradient buffer.</summary>
    public virtual ImmutableArray<int> Inputs => [Input];

    /// <summary>The backward pass is element by element, so that one input's gradient may take the place of the output's.</summary>
    public virtual bool GradientInPlace => false;

    /// <summary>The forward pass is element by element and the backward pass does not read the input, so that the output may take the input's place.</summary>
    public virtual bool ForwardInPlace => false;

    /// <summary>The backward pass reads the input's activations.</summary>
    public virtual bool BackwardReadsInput => true;

    /// <summary>The backward pass reads the output's activations, so that no later layer may overwrite them.</summary>
    public virtual bool BackwardReadsOutput => false;

    /// <summary>Numbers of the layer's tensors in the layout, ascending; none for a layer that learns nothing.</summary>
    public virtual ImmutableArray<int> Parameters => [];

    /// <summary>Multiply-adds of the forward pass of one image in which no weight takes part.</summary>
    public virtual long MultiplyAddsWithoutWeights(ImmutableArray<NetworkValue> values) => 0;

    /// <summary>The same layer in a part of the plan. An operation with tensors or with further inputs renumbers these too.</summary>
    public virtual Operation Renumber(Renumbering numbers) => this with { Input = numbers.Value(Input), Output = numbers.Value(Output) };
}

internal sealed record ConvolutionOperation(string Name, int Input, int Output, ConvolutionShape Shape, int Weight, int Bias) : Operation(Name, Input, Output)
{
    public override ImmutableArray<int> Parameters => Bias < 0 ? [Weight] : [Weight, Bias];

    public override Operation Renumber(Renumbering numbers) =>
        (ConvolutionOperation)base.Renumber(numbers) with { Weight = numbers.Tensor(Weight), Bias = numbers.Tensor(Bias) };
}

internal sealed record LinearOperation(string Name, int Input, int Output, int Weight, int Bias) : Operation(Name, Input, Output)
{
    public override ImmutableArray<int> Parameters => Bias < 0 ? [Weight] : [Weight, Bias];

    public override Operation Renumber(Renumbering numbers) =>
        (LinearOperation)base.Renumber(numbers) with { Weight = numbers.Tensor(Weight), Bias = numbers.Tensor(Bias) };
}

/// <summary>Batch normalisation, then the residual (−1: none) is added, then ReLU.</summary>
internal sealed record BatchNormOperation(string Name, int Input, int Output, int Scale, int Shift, int StatisticsOffset, int Residual, bool Relu)
    : Operation(Name, Input, Output)
{
    // The residual comes first: the masked gradient that it receives is the output's own, so it costs no further buffer.
    public override ImmutableArray<int> Inputs => Residual < 0 ? [Input] : [Residual, Input];

    public override bool GradientInPlace => true;

    // Without a residual the sign of the output is recomputed from the input.
    public override bool BackwardReadsOutput => Relu && Residual >= 0;

    public override ImmutableArray<int> Parameters => [Scale, Shift];

    // SplitPlan.Cut refuses plans with running statistics.
    public override Operation Renumber(Renumbering numbers) => throw new InvalidOperationException($"{Name}: batch normalisation cannot be part of a cut plan.");
}

internal sealed record GroupNormOperation(string Name, int Input, int Output, int Scale, int Shift, int Groups) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;

    public override ImmutableArray<int> Parameters => [Scale, Shift];

    public override Operation Renumber(Renumbering numbers) =>
        (GroupNormOperation)base.Renumber(numbers) with { Scale = numbers.Tensor(Scale), Shift = numbers.Tensor(Shift) };
}

internal sealed record ReluOperation(string Name, int Input, int Output) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;

    public override bool ForwardInPlace => true;

    public override bool BackwardReadsInput => false;

    public override bool BackwardReadsOutput => true;
}

/// <summary>Input + factor · second.</summary>
internal sealed record AddOperation(string Name, int Input, int Second, int Output, double Factor = 1) : Operation(Name, Input, Output)
{
    public override ImmutableArray<int> Inputs => [Input, Second];

    public override bool GradientInPlace => true;

    public override bool BackwardReadsInput => false;

    public override Operation Renumber(Renumbering numbers) => (AddOperation)base.Renumber(numbers) with { Second = numbers.Value(Second) };
}

internal sealed record DropoutOperation(string Name, int Input, int Output, double Rate, int Number) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;

    public override bool BackwardReadsInput => false;

    public override bool ForwardInPlace => true;
}

internal sealed record MaxPoolOperation(string Name, int Input, int Output, PoolWindows Windows) : Operation(Name, Input, Output)
{
    public override bool BackwardReadsOutput => true;
}

internal sealed record AveragePoolOperation(string Name, int Input, int Output, PoolWindows Windows) : Operation(Name, Input, Output)
{
    public override bool BackwardReadsInput => false;
}

/// <summary>Normalisation of each position over all channels.</summary>
internal sealed record LayerNormOperation(string Name, int Input, int Output, int Scale, int Shift) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;

    public override ImmutableArray<int> Parameters => [Scale, Shift];

    public override Operation Renumber(Renumbering numbers) =>
        (LayerNormOperation)base.Renumber(numbers) with { Scale = numbers.Tensor(Scale), Shift = numbers.Tensor(Shift) };
}

internal sealed record GeluOperation(string Name, int Input, int Output) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;
}

/// <summary>Makes tokens of a map's pixels: the class token, then <paramref name="PromptCount"/> prompts, then the pixels row by row; all but the prompts get a position embedding.</summary>
/// <param name="Name">Name of the layer.</param>
/// <param name="Input">The map.</param>
/// <param name="Output">The tokens.</param>
/// <param name="ClassToken">Tensor of the class token.</param>
/// <param name="Positions">Tensor of the position embeddings: the class token's first, then the pixels'.</param>
/// <param name="Prompts">Tensor of the prompts, or −1.</param>
/// <param name="PromptCount">How many prompts there are.</param>
internal sealed record EmbedTokensOperation(string Name, int Input, int Output, int ClassToken, int Positions, int Prompts, int PromptCount) : Operation(Name, Input, Output)
{
    public override bool BackwardReadsInput => false;

    public override ImmutableArray<int> Parameters => Prompts < 0 ? [ClassToken, Positions] : [ClassToken, Positions, Prompts];

    public override Operation Renumber(Renumbering numbers) =>
        (EmbedTokensOperation)base.Renumber(numbers) with { ClassToken = numbers.Tensor(ClassToken), Positions = numbers.Tensor(Positions), Prompts = numbers.Tensor(Prompts) };
}

/// <summary>Takes tokens 1 to <paramref name="PromptCount"/> from a tensor of its own instead of from the input.</summary>
internal sealed record ReplacePromptsOperation(string Name, int Input, int Output, int Prompts, int PromptCount) : Operation(Name, Input, Output)
{
    public override bool GradientInPlace => true;

    public override bool ForwardInPlace => true;

    public override bool BackwardReadsInput => false;

    public override ImmutableArray<int> Parameters => [Prompts];

    public override Operation Renumber(Renumbering numbers) =>
        (ReplacePromptsOperation)base.Renumber(numbers) with { Prompts = numbers.Tensor(Prompts) };
}

/// <summary>One token of the input.</summary>
internal sealed record SelectTokenOperation(string Name, int Input, int Output, int Token) : Operation(Name, Input, Output)
{
    public override bool BackwardReadsInput => false;
}
