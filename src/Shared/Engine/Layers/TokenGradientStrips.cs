using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Weight gradient of a dense linear layer on tokens, strip by strip: packs a strip of the input and multiplies it with the output's gradient
/// (<see cref="TokenGradient"/>). Packing costs one operation in as many as there are output features. Scratch memory, rented once: 512 bytes a feature, rounded up to 64.
/// </summary>
internal sealed unsafe class TokenGradientStrips : IDisposable
{
    // 8 tokens of 16 images of 64 features are 32 KiB, which stay in the L1 cache.
    private const int StripTokens = 8;
    private const int PackedFeatures = 16;
    private const int TileSteps = StripTokens * Geometry.Lanes;

    private readonly DensePlan plan;
    private readonly DenseKernels kernels;
    private readonly NativeBuffer<float> packed;

    /// <summary>Allocates the scratch memory for a plan of tokens, which stays the caller's.</summary>
    public TokenGradientStrips(DensePlan plan, DenseKernels kernels)
    {
        this.plan = plan;
        this.kernels = kernels;
        int tiles = (plan.FanIn + TokenGradient.TileFeatures - 1) / TokenGradient.TileFeatures;
        packed = new NativeBuffer<float>((long)tiles * TokenGradient.TileFeatures * TileSteps);
    }

    /// <summary>Computes the gradients of all weights, row by row.</summary>
    public void Compute(float* gradients, int blocks, TensorBlocks input, TensorBlocks output)
    {
        for (int block = 0; block < blocks; block++)
        {
            float* read = input.First + (block * input.Stride) + plan.InputInterior;
            float* outer = output.First + (block * output.Stride) + plan.OutputGradient.Interior;
            for (int token = 0; token < plan.Tokens; token += StripTokens)
            {
                int tokens = Math.Min(StripTokens, plan.Tokens - token);
                Pack(read + ((nint)token * Geometry.Lanes), tokens);
                kernels.TokenGradient(
                    outer + ((nint)token * Geometry.Lanes), plan.OutputGradient.PlaneStride, plan.RowsPerGroup, packed.Pointer, TileSteps, tokens * Geometry.Lanes, plan.FanIn, gradients,
                    accumulate: block > 0 || token > 0);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => packed.Dispose();

    // Features beyond the last are zeros from the start and never written. A few features at a time, so that a strip of each comes from its page of memory at once.
    private void Pack(float* strip, int tokens)
    {
        for (int feature = 0; feature < plan.FanIn; feature += PackedFeatures)
        {
            int count = Math.Min(PackedFeatures, plan.FanIn - feature);
            float* from = strip + ((nint)feature * plan.InputPlane);
            int inTile = feature % TokenGradient.TileFeatures;
            float* to = packed.Pointer + ((nint)(feature - inTile) * TileSteps) + inTile;
            for (int token = 0; token < tokens; token++)
            {
                LaneTranspose.Run(
                    from + ((nint)token * Geometry.Lanes), count, to + ((nint)token * Geometry.Lanes * TokenGradient.TileFeatures), TokenGradient.TileFeatures, plan.InputPlane);
            }
        }
    }
}
