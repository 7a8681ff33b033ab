using System.Runtime.Intrinsics;
using Federated.Engine.Kernels;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Multi-head attention (Vaswani et al. 2017): o_i = Σ_j p_ij·v_j with p_ij = softmax over j of q_i·k_j/√(d/heads), for each image and head. Images are lanes: every
/// product is one of vectors, no number crosses a lane.
/// </summary>
/// <remarks>
/// The probabilities are not kept for the backward pass but computed again from the queries, the keys and two numbers a row (its largest score and the inverse of the sum
/// of exponentials), with the same bits: keeping them takes T² values a head and image, more than the layer's input from T = 3·d/heads tokens on (ViT-tiny: 179 MB at batch
/// 32), and writing and reading these through memory costs about what one of seven products costs (Dao et al. 2022 recompute for the same reason).
/// Gradients, with P the probabilities: dV = Pᵀ·dO, dP = dO·Vᵀ, dS_ij = P_ij·(dP_ij − Σ_j P_ij·dP_ij)/√(d/heads), dQ = dS·K, dK = dSᵀ·Q.
/// Lanes that hold no image may hold any finite activations, but their output gradient must be zero: then so is the input's.
/// </remarks>
internal sealed unsafe class AttentionLayer : Layer, IDisposable
{

    private readonly ActivationTensor input;
    private readonly ActivationTensor output;
    private readonly bool accumulate;
    private readonly LaneKernels kernels;
    private readonly AttentionScratch scratch;
    private readonly int heads;
    private readonly int tokens;
    private readonly int headFeatures;
    private readonly float scale;
    private readonly NativeBuffer<float> largest;
    private readonly NativeBuffer<float> inverses;

    /// <summary>Binds the layer to its tensors; <paramref name="scratch"/> may be shared with other layers that never run at the same time on the same thread.</summary>
    public AttentionLayer(ActivationTensor input, ActivationTensor output, int heads, bool accumulate, VectorWidth width, int maximumBlocks, AttentionScratch scratch)
    {
        this.input = input;
        this.output = output;
        this.accumulate = accumulate;
        this.scratch = scratch;
        this.heads = heads;
        kernels = LaneKernels.For(width);
        tokens = input.Geometry.Width;
        headFeatures = output.Geometry.Channels / heads;
        scale = (float)(1 / Math.Sqrt(headFeatures));
        long rows = (long)maximumBlocks * heads * tokens * Geometry.Lanes;
        largest = new NativeBuffer<float>(rows);
        inverses = new NativeBuffer<float>(rows);
    }

    /// <inheritdoc/>
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        float* scores = scratch.Scores(step.Thread);
        float* qkv = input.DataOf(in step, blocks) + input.Geometry.Interior;
        float* result = output.DataOf(in step, blocks) + output.Geometry.Interior;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int head = 0; head < heads; head++)
            {
                Head read = HeadOf(qkv, input.Geometry, block, head);
                float* written = result + (block * output.Geometry.BlockStride) + ((nint)head * headFeatures * output.Geometry.PlaneStride);
                for (int first = 0; first < tokens; first += scratch.ForwardQueries)
                {
                    int queries = Math.Min(scratch.ForwardQueries, tokens - first);
                    nint row = RowOf(block, head, first);
                    Score(read, first, queries, scores);
                    for (int query = 0; query < queries; query++)
                        Exponentials(ScoreRow(scores, query), row + (query * Geometry.Lanes));
                    kernels.Product(
                        Features(read.Values, input.Geometry), Rows(scores, queries), tokens,
                        new LaneSums(written + ((nint)first * Geometry.Lanes), output.Geometry.PlaneStride, Geometry.Lanes), factors: inverses.Pointer + row);
                }
            }
        }

        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        float* qkv = input.DataOf(in step, blocks) + input.Geometry.Interior;
        float* gradient = output.GradientOf(in step, blocks) + output.GradientGeometry.Interior;
        float* written = input.GradientOf(in step, blocks) + input.GradientGeometry.Interior;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int head = 0; head < heads; head++)
            {
                float* outer = gradient + (block * output.GradientGeometry.BlockStride) + ((nint)head * headFeatures * output.GradientGeometry.PlaneStride);
                Backward(step.Thread, RowOf(block, head, 0), HeadOf(qkv, input.Geometry, block, head), outer, HeadOf(written, input.GradientGeometry, block, head));
            }
        }

        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        largest.Dispose();
        inverses.Dispose();
        scratch.Dispose();
    }

    private void Backward(int thread, nint row, in Head read, float* outer, in Head written)
    {
        float* probabilities = scratch.Scores(thread);
        float* gradients = scratch.ScoreGradients(thread);
        int plane = output.GradientGeometry.PlaneStride;
        for (int first = 0; first < tokens; first += scratch.BackwardQueries)
        {
            int queries = Math.Min(scratch.BackwardQueries, tokens - first);
            nint place = (nint)first * Geometry.Lanes;
            Score(read, first, queries, probabilities);
            kernels.Product(
                Tokens(read.Values, input.Geometry), new LaneMatrix(outer + place, Geometry.Lanes, plane, queries), headFeatures,
                new LaneSums(gradients, Geometry.Lanes, (nint)tokens * Geometry.Lanes));
            for (int query = 0; query < queries; query++)
                Differentiate(ScoreRow(probabilities, query), ScoreRow(gradients, query), row + place + (query * Geometry.Lanes));
            bool isAdding = accumulate || first > 0;
            // The sums over the queries of this panel; those of the panels before are in the gradients of keys and values.
            kernels.Product(
                new LaneMatrix(outer + place, plane, Geometry.Lanes, headFeatures), Columns(probabilities), queries, Sums(written.Values), isAdding);
            kernels.Product(
                Features(read.Queries + place, input.Geometry), Columns(gradients), queries, Sums(written.Keys), isAdding);
            kernels.Product(
                Features(read.Keys, input.Geometry), Rows(gradients, queries), tokens, Sums(written.Queries + place), accumulate);
        }
    }

    private void Score(in Head read, int first, int queries, float* scores)
        => kernels.Product(
            Tokens(read.Keys, input.Geometry), new LaneMatrix(read.Queries + ((nint)first * Geometry.Lanes), Geometry.Lanes, input.Geometry.PlaneStride, queries), headFeatures,
            new LaneSums(scores, Geometry.Lanes, (nint)tokens * Geometry.Lanes));

    /// <summary>A row's scores become their exponentials, less the largest; keeps the largest and the inverse of their sum.</summary>
    private void Exponentials(float* scores, nint row)
    {
        Vector512<float> most = Vector512.Load(scores);
        for (nint i = Geometry.Lanes; i < (nint)tokens * Geometry.Lanes; i += Geometry.Lanes)
        {
            Vector512<float> score = Vector512.Load(scores + i);
            most = Vector512.ConditionalSelect(Vector512.GreaterThan(score, most), score, most);
        }

        var factor = Vector512.Create(scale);
        Vector512<float> even = Vector512<float>.Zero, odd = even;
        nint end = (nint)tokens * Geometry.Lanes;
        nint at = 0;
        for (; at <= end - (2 * Geometry.Lanes); at += 2 * Geometry.Lanes)
        {
            Vector512<float> first = LaneMath.Exp((Vector512.Load(scores + at) - most) * factor);
            Vector512<float> second = LaneMath.Exp((Vector512.Load(scores + at + Geometry.Lanes) - most) * factor);
            first.Store(scores + at);
            second.Store(scores + at + Geometry.Lanes);
            even += first;
            odd += second;
        }

        if (at < end)
        {
            Vector512<float> last = LaneMath.Exp((Vector512.Load(scores + at) - most) * factor);
            last.Store(scores + at);
            even += last;
        }

        most.Store(largest.Pointer + row);
        (Vector512<float>.One / (even + odd)).Store(inverses.Pointer + row);
    }

    /// <summary>A row's scores become its probabilities, and the gradients of the probabilities those of the products of queries and keys.</summary>
    private void Differentiate(float* scores, float* gradients, nint row)
    {
        Vector512<float> most = Vector512.Load(largest.Pointer + row), inverse = Vector512.Load(inverses.Pointer + row);
        var factor = Vector512.Create(scale);
        Vector512<float> even = Vector512<float>.Zero, odd = even;
        nint end = (nint)tokens * Geometry.Lanes;
        nint at = 0;
        for (; at <= end - (2 * Geometry.Lanes); at += 2 * Geometry.Lanes)
        {
            Vector512<float> first = LaneMath.Exp((Vector512.Load(scores + at) - most) * factor) * inverse;
            Vector512<float> second = LaneMath.Exp((Vector512.Load(scores + at + Geometry.Lanes) - most) * factor) * inverse;
            first.Store(scores + at);
            second.Store(scores + at + Geometry.Lanes);
            even = Vector512.FusedMultiplyAdd(first, Vector512.Load(gradients + at), even);
            odd = Vector512.FusedMultiplyAdd(second, Vector512.Load(gradients + at + Geometry.Lanes), odd);
        }

        if (at < end)
        {
            Vector512<float> last = LaneMath.Exp((Vector512.Load(scores + at) - most) * factor) * inverse;
            last.Store(scores + at);
            even = Vector512.FusedMultiplyAdd(last, Vector512.Load(gradients + at), even);
        }

        Vector512<float> mean = even + odd;
        for (at = 0; at < end; at += Geometry.Lanes)
            ((Vector512.Load(gradients + at) - mean) * (Vector512.Load(scores + at) * factor)).Store(gradients + at);
    }

    // Where the numbers of a query are in largest and inverses.
    private nint RowOf(int block, int head, int query) => (((((nint)block * heads) + head) * tokens) + query) * Geometry.Lanes;

    private float* ScoreRow(float* scores, int query) => scores + ((nint)query * tokens * Geometry.Lanes);

    private Head HeadOf(float* first, Geometry geometry, int block, int head)
    {
        float* queries = first + (block * geometry.BlockStride) + ((nint)head * headFeatures * geometry.PlaneStride);
        nint part = (nint)heads * headFeatures * geometry.PlaneStride;
        return new Head(queries, queries + part, queries + (2 * part));
    }

    // A row for each query; its steps are the keys.
    private LaneMatrix Rows(float* scores, int queries) => new(scores, (nint)tokens * Geometry.Lanes, Geometry.Lanes, queries);

    // A row for each key; its steps are the queries.
    private LaneMatrix Columns(float* scores) => new(scores, Geometry.Lanes, (nint)tokens * Geometry.Lanes, tokens);

    // A row for each token; its steps are the features.
    private LaneMatrix Tokens(float* first, Geometry geometry) => new(first, Geometry.Lanes, geometry.PlaneStride, tokens);

    // A row for each feature; its steps are the tokens.
    private LaneMatrix Features(float* first, Geometry geometry) => new(first, geometry.PlaneStride, Geometry.Lanes, headFeatures);

    // Left rows are features, right rows are tokens.
    private LaneSums Sums(float* first) => new(first, input.GradientGeometry.PlaneStride, Geometry.Lanes);

    // The first features of a head's queries, keys and values.
    private readonly ref struct Head(float* queries, float* keys, float* values)
    {
        public float* Queries { get; } = queries;

        public float* Keys { get; } = keys;

        public float* Values { get; } = values;
    }
}
