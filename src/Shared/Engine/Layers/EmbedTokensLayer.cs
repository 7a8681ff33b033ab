using System.Runtime.Intrinsics;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// The tokens that a transformer starts from (Dosovitskiy et al. 2021): class token, prompts (Jia et al. 2022), then the patches in raster order. Position embeddings are added
/// to the class token and the patches; a prompt has learned its own.
/// </summary>
internal sealed unsafe class EmbedTokensLayer : Layer
{
    private readonly EmbedTokensOperation operation;
    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly bool accumulate;
    private readonly int channels;
    private readonly int tokens;

    // Gradient of each token's vector, token after token as the tensors hold them.
    private readonly BlockSums sums;
    private int classToken;
    private int positions;
    private int prompts;

    public EmbedTokensLayer(EmbedTokensOperation operation, ActivationTensor input, ActivationTensor output, bool accumulate, int maximumBlocks)
    {
        this.operation = operation;
        this.input = input;
        this.output = output;
        this.accumulate = accumulate;
        channels = output.Geometry.Channels;
        tokens = output.Geometry.Positions;
        sums = new BlockSums(maximumBlocks, tokens * channels);
    }

    private int FirstPatch => 1 + operation.PromptCount;

    public override void MaskChanged(Mask mask)
    {
        classToken = mask.CompactOffset(operation.ClassToken);
        positions = mask.CompactOffset(operation.Positions);
        prompts = operation.Prompts < 0 ? 0 : mask.CompactOffset(operation.Prompts);
    }

    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        Geometry map = input.Geometry;
        for (int c = 0; c < channels; c++)
        {
            Plane from = input.DataPlane(in step, blocks, c);
            Plane to = output.DataPlane(in step, blocks, c);
            float* position = step.Values + positions + c;
            float* prompt = step.Values + prompts + c;
            for (int block = blocks.First; block < blocks.End; block++)
            {
                float* y = to.Row(block, 0);
                Vector512.Create(step.Values[classToken + c] + position[0]).Store(y);
                y += Geometry.Lanes;
                for (int p = 0; p < operation.PromptCount; p++, y += Geometry.Lanes)
                    Vector512.Create(prompt[(long)p * channels]).Store(y);
                float* embedding = position + channels;
                for (int row = 0; row < map.Height; row++)
                {
                    float* x = from.Row(block, row);
                    for (int i = 0; i < map.Width * Geometry.Lanes; i += Geometry.Lanes, y += Geometry.Lanes, embedding += channels)
                        (Vector512.Load(x + i) + Vector512.Create(*embedding)).Store(y);
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        bool givesInput = input.HasGradient && (Demand & BackwardDemand.Inputs) != BackwardDemand.None;
        for (int c = 0; c < channels; c++)
        {
            Plane from = output.GradientPlane(in step, blocks, c);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                Vector512<float> live = LaneVectors.Live(step.Count, block);
                float* d = from.Row(block, 0);
                for (int t = 0; t < (GivesParameterGradients ? tokens : 0); t++)
                    sums[block, (t * channels) + c] = LaneVectors.Sum(Vector512.Load(d + (t * Geometry.Lanes)) & live);
                if (givesInput)
                    PassOn(input.GradientPlane(in step, blocks, c), block, d + (FirstPatch * Geometry.Lanes));
            }
        }
    }

    public override void FinishBackward(ref StepContext step)
    {
        if (!GivesParameterGradients)
            return;
        // What is added to the class token has its gradient.
        sums.Write(0, channels, step.Blocks, step.Gradients + classToken);
        sums.Write(0, channels, step.Blocks, step.Gradients + positions);
        if (operation.Prompts >= 0)
            sums.Write(channels, operation.PromptCount * channels, step.Blocks, step.Gradients + prompts);
        sums.Write(FirstPatch * channels, (tokens - FirstPatch) * channels, step.Blocks, step.Gradients + positions + channels);
    }

    private void PassOn(Plane to, int block, float* d)
    {
        Geometry map = input.Geometry;
        for (int row = 0; row < map.Height; row++)
        {
            float* g = to.Row(block, row);
            for (int i = 0; i < map.Width * Geometry.Lanes; i += Geometry.Lanes, d += Geometry.Lanes)
                (accumulate ? Vector512.Load(g + i) + Vector512.Load(d) : Vector512.Load(d)).Store(g + i);
        }
    }
}
