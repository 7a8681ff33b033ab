using System.Runtime.Intrinsics;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Deep prompts (Jia et al. 2022, "VPT-deep"): the prompts that come out of the block before are dropped and the next block's own take their place. Either pass may work in place.
/// </summary>
internal sealed unsafe class ReplacePromptsLayer : Layer
{
    private readonly ReplacePromptsOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly bool accumulate;
    private readonly int channels;
    private readonly BlockSums sums;
    private int prompts;

    public ReplacePromptsLayer(ReplacePromptsOperation operation, ActivationTensor input, ActivationTensor output, bool accumulate, int maximumBlocks)
    {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.accumulate = accumulate;
        channels = output.Geometry.Channels;
        sums = new BlockSums(maximumBlocks, operation.PromptCount * channels);
    }

    public override void MaskChanged(Mask mask) => prompts = mask.CompactOffset(operation.Prompts);

    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        for (int c = 0; c < channels; c++)
        {
            Plane from = input.DataPlane(in step, blocks, c);
            Plane to = output.DataPlane(in step, blocks, c);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                float* x = from.Row(block, 0);
                float* y = to.Row(block, 0);
                for (int t = 0; t < output.Geometry.Width; t++)
                {
                    Vector512<float> token = IsPrompt(t) ? Vector512.Create(step.Values[prompts + ((t - 1) * channels) + c]) : Vector512.Load(x + (t * Geometry.Lanes));
                    token.Store(y + (t * Geometry.Lanes));
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        for (int c = 0; c < channels; c++)
        {
            Plane from = output.GradientPlane(in step, blocks, c);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                Vector512<float> live = LaneVectors.Live(step.Count, block);
                float* d = from.Row(block, 0);
                for (int p = 0; p < (GivesParameterGradients ? operation.PromptCount : 0); p++)
                    sums[block, (p * channels) + c] = LaneVectors.Sum(Vector512.Load(d + ((1 + p) * Geometry.Lanes)) & live);
                if (input.HasGradient)
                    PassOn(input.GradientPlane(in step, blocks, c).Row(block, 0), d);
            }
        }
    }

    public override void FinishBackward(ref StepContext step)
    {
        if (GivesParameterGradients)
            sums.Write(0, operation.PromptCount * channels, step.Blocks, step.Gradients + prompts);
    }

    private bool IsPrompt(int token) => token >= 1 && token <= operation.PromptCount;

    private void PassOn(float* g, float* d)
    {
        for (int t = 0; t < output.Geometry.Width; t++)
        {
            Vector512<float> value = IsPrompt(t) ? Vector512<float>.Zero : Vector512.Load(d + (t * Geometry.Lanes));
            (accumulate ? Vector512.Load(g + (t * Geometry.Lanes)) + value : value).Store(g + (t * Geometry.Lanes));
        }
    }
}
