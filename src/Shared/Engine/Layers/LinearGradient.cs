using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Weight gradient of a dense linear layer, G = Σ over images of output gradient · inputᵀ, as a product whose "pixels" are sixteen neighbouring features and whose
/// "weights" are the output's gradients: with one output pixel an image there is nothing to sum before the lanes would have to be folded, sixteen
/// operations a weight, where this takes one. Each sum adds the images in ascending order, each by one fused multiply-add.
/// </summary>
/// <remarks>Scratch memory, rented once: (64 + 4 × output channels) bytes for each of up to <see cref="MostFeatures"/> features.</remarks>
internal sealed unsafe class LinearGradient : IDisposable
{
    // 16 images' features of a chunk are 16 KiB, and stay in the L1 cache while all rows use them.
    private const int MostFeatures = 256;

    private readonly DensePlan plan;
    private readonly DenseKernels kernels;
    private readonly Geometry outputGradient;
    private readonly int chunk;
    private readonly NativeBuffer<float> images;
    private readonly NativeBuffer<float> sums;
    private readonly NativeBuffer<int> rowOffsets;
    private readonly PixelClass features;

    /// <summary>Allocates the scratch memory for a linear layer's plan, which stays the caller's.</summary>
    public LinearGradient(DensePlan plan, DenseKernels kernels)
    {
        this.plan = plan;
        this.kernels = kernels;
        outputGradient = plan.OutputGradient;
        int chunks = (plan.FanIn + MostFeatures - 1) / MostFeatures;
        int vectors = (plan.FanIn + (chunks * Geometry.Lanes) - 1) / (chunks * Geometry.Lanes);
        chunk = vectors * Geometry.Lanes;
        images = new NativeBuffer<float>((long)Geometry.Lanes * chunk);
        sums = new NativeBuffer<float>((long)plan.RowsPerGroup * chunk);
        rowOffsets = new NativeBuffer<int>([.. Enumerable.Range(0, plan.RowsPerGroup).Select(row => checked(row * chunk))]);
        int[] places = [.. Enumerable.Range(0, vectors).Select(static vector => vector * Geometry.Lanes)];
        features = new PixelClass(places, places, [[new WeightSegment(0, chunk, 0, Geometry.Lanes)]]);
    }

    /// <summary>Computes the gradients of all weights, row by row.</summary>
    public void Compute(float* gradients, int blocks, TensorBlocks input, TensorBlocks output)
    {
        // The segments of the forward pass are the runs of features; what is left of one goes on in the next chunk.
        WeightSegment* segment = plan.Forward[0].Segments;
        int done = 0;
        for (int first = 0; first < plan.FanIn; first += chunk)
        {
            int count = Math.Min(chunk, plan.FanIn - first);
            WeightSegment* nextSegment = segment;
            int nextDone = done;
            for (int block = 0; block < blocks; block++)
            {
                nextSegment = segment;
                nextDone = done;
                Load(input.First + (block * input.Stride), ref nextSegment, ref nextDone, count);
                var rows = new DenseRows
                {
                    Weights = output.First + (block * output.Stride) + outputGradient.Interior,
                    Count = plan.RowsPerGroup,
                    RowStride = outputGradient.PlaneStride,
                    WeightStride = 1,
                    RowOffsets = rowOffsets.Pointer,
                };
                kernels.Product(rows, features, null, accumulate: block > 0, 1, new TensorBlocks(images.Pointer, 0), new TensorBlocks(sums.Pointer, 0));
            }

            segment = nextSegment;
            done = nextDone;
            for (int row = 0; row < plan.RowsPerGroup; row++)
                new Span<float>(sums.Pointer + ((nint)row * chunk), count).CopyTo(new Span<float>(gradients + ((long)row * plan.FanIn) + first, count));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        images.Dispose();
        sums.Dispose();
        rowOffsets.Dispose();
        features.Dispose();
    }

    // Takes the next features of one block, from a place in a segment on, which it moves.
    private void Load(float* block, ref WeightSegment* segment, ref int done, int count)
    {
        for (int loaded = 0; loaded < count;)
        {
            int here = Math.Min(count - loaded, segment->Count - done);
            LaneTranspose.Run(block + segment->ReadOffset + ((nint)done * Geometry.Lanes), here, images.Pointer + loaded, chunk);
            loaded += here;
            done += here;
            if (done == segment->Count)
            {
                segment++;
                done = 0;
            }
        }
    }
}
