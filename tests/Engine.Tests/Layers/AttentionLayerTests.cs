using Federated.Engine.Kernels;
using Federated.Engine.Layers;
using Federated.Engine.Networks;
using Federated.Engine.Randomness;
using Federated.Engine.Tensors;
using Xunit;

namespace Federated.Engine.Tests.Layers;

/// <summary>What the comparison with PyTorch cannot show: the same bits however the work is cut, extreme scores, and the lanes without image.</summary>
public sealed unsafe class AttentionLayerTests : IDisposable
{
    private const int Images = 21;

    private readonly List<NativeBuffer<float>> memory = [];

    [Theory]
    [InlineData(6, 2, 1)]
    [InlineData(6, 1, 3)]
    [InlineData(10, 2, 23)]
    [InlineData(80, 2, 37)]
    public void Panels_And_Widths_ChangeNoBit(int features, int heads, int tokens)
    {
        float[][] expected = Run(features, heads, tokens, VectorWidth.V512, forwardQueries: tokens, backwardQueries: tokens);
        Assert.All(expected[0], static value => Assert.True(float.IsFinite(value)));
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>())
        {
            foreach ((int forward, int backward) in new[] { (1, 1), (5, 3), (16, 32), (tokens, tokens) })
            {
                float[][] actual = Run(features, heads, tokens, width, forward, backward);
                Assert.Equal(expected[0], actual[0]);
                Assert.Equal(expected[1], actual[1]);
            }
        }
    }

    [Fact]
    public void Gradient_IsAddedToWhatIsThere()
    {
        float[][] alone = Run(6, 2, 9, VectorWidth.V512, 4, 4);
        float[][] added = Run(6, 2, 9, VectorWidth.V512, 4, 4, before: 3);
        for (int i = 0; i < alone[1].Length; i++)
            Assert.Equal(alone[1][i] + 3, added[1][i], 1e-5f);
    }

    [Fact]
    public void OfTwoTokens_IsWhatTheHandComputes()
    {
        // One feature: q = (2, 0), k = (ln 3, 0), v = (5, 1). Query 0 scores 2·ln 3 and 0: probabilities 9/10 and 1/10. Query 1 scores 0 and 0: halves.
        (ActivationTensor x, ActivationTensor y, AttentionLayer layer) = Create(1, 1, 2);
        using AttentionLayer disposed = layer;
        Set(x.Data, x.Geometry, 3, [2, 0, 1.0986123f, 0, 5, 1]);
        StepContext step = Step(4);
        layer.Forward(ref step);
        Assert.Equal(4.6f, At(y, 3, 0, 0), 1e-6f);
        Assert.Equal(3f, At(y, 3, 0, 1), 1e-6f);
        // dy = (1, 0): dv = p = (0.9, 0.1); dp = (5, 1), mean 4.6; ds = (0.36, −0.36); dq = 0.36·ln 3; dk = 2·ds.
        Set(y.Gradient, y.Geometry, 3, [1, 0]);
        layer.Backward(ref step);
        float[] gradient = Get(x.Gradient, x.Geometry, 3);
        float[] expected = [0.36f * 1.0986123f, 0, 0.72f, -0.72f, 0.9f, 0.1f];
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], gradient[i], 1e-6f);
    }

    [Fact]
    public void HugeScores_TakeTheLargest_AndStayFinite()
    {
        (ActivationTensor x, ActivationTensor y, AttentionLayer layer) = Create(1, 1, 3);
        using AttentionLayer disposed = layer;
        Set(x.Data, x.Geometry, 0, [1e10f, 1e10f, -1e10f, 1e10f, 2e10f, -3e10f, 7, 8, 9]);
        StepContext step = Step(1);
        layer.Forward(ref step);
        Assert.Equal([8f, 8f, 9f], [At(y, 0, 0, 0), At(y, 0, 0, 1), At(y, 0, 0, 2)]);
        Set(y.Gradient, y.Geometry, 0, [1, 1, 1]);
        layer.Backward(ref step);
        Assert.Equal([0f, 0, 0, 0, 0, 0, 0, 2, 1], Get(x.Gradient, x.Geometry, 0), static (a, b) => Math.Abs(a - b) < 1e-20);
    }

    [Fact]
    public void NaN_StaysVisible_InItsImageOnly()
    {
        (ActivationTensor x, ActivationTensor y, AttentionLayer layer) = Create(1, 1, 2);
        using AttentionLayer disposed = layer;
        Set(x.Data, x.Geometry, 0, [float.NaN, 1, 1, 1, 1, 1]);
        Set(x.Data, x.Geometry, 1, [1, 1, 1, 1, 1, 1]);
        StepContext step = Step(2);
        layer.Forward(ref step);
        Assert.Equal([float.NaN, 1f], [At(y, 0, 0, 0), At(y, 0, 0, 1)]);
        Assert.Equal([1f, 1f], [At(y, 1, 0, 0), At(y, 1, 0, 1)]);
    }

    [Fact]
    public void Builder_RefusesWhatIsNoSequenceOfQueriesKeysAndValues()
    {
        var b = new NetworkBuilder("net", 12, 1, 5);
        Assert.Equal(4, b.MultiHeadAttention("fits", b.Input, 2).Channels);
        Assert.Equal("a", Assert.Throws<InvalidModelException>(() => b.MultiHeadAttention("a", b.Input, 3)).Layer);
        Assert.Equal("b", Assert.Throws<InvalidModelException>(() => b.MultiHeadAttention("b", b.Input, 0)).Layer);
        var map = new NetworkBuilder("map", 12, 2, 5);
        Assert.Equal("c", Assert.Throws<InvalidModelException>(() => map.MultiHeadAttention("c", map.Input, 2)).Layer);
        var uneven = new NetworkBuilder("uneven", 4, 1, 5);
        Assert.Equal("d", Assert.Throws<InvalidModelException>(() => uneven.MultiHeadAttention("d", uneven.Input, 1)).Layer);
    }

    public void Dispose()
    {
        foreach (NativeBuffer<float> buffer in memory)
            buffer.Dispose();
    }

    private static StepContext Step(int count) => new() { Count = count, Blocks = Geometry.BlocksFor(count), Mode = ForwardMode.Train };

    private static float At(ActivationTensor tensor, int image, int channel, int token) => tensor.Data[Offset(tensor.Geometry, image, (channel * tensor.Geometry.Width) + token)];

    private static long Offset(Geometry geometry, int image, int value) =>
        (image / Geometry.Lanes * geometry.BlockStride) + ((long)(value / geometry.Width) * geometry.PlaneStride) + geometry.Interior + (value % geometry.Width * Geometry.Lanes)
        + (image % Geometry.Lanes);

    private static void Set(float* buffer, Geometry geometry, int image, float[] values)
    {
        for (int i = 0; i < values.Length; i++)
            buffer[Offset(geometry, image, i)] = values[i];
    }

    private static float[] Get(float* buffer, Geometry geometry, int image) =>
        [.. Enumerable.Range(0, geometry.Channels * geometry.Positions).Select(i => buffer[Offset(geometry, image, i)])];

    private (ActivationTensor Input, ActivationTensor Output, AttentionLayer Layer) Create(int features, int heads, int tokens)
    {
        (ActivationTensor x, ActivationTensor y) = Tensors(features, tokens);
        return (x, y, new AttentionLayer(x, y, heads, accumulate: false, VectorWidth.V512, Geometry.BlocksFor(Images), new AttentionScratch(tokens, threads: 1)));
    }

    private float[][] Run(int features, int heads, int tokens, VectorWidth width, int forwardQueries, int backwardQueries, float? before = null)
    {
        (ActivationTensor x, ActivationTensor y) = Tensors(features, tokens);
        var random = new KeyedRandom(new RandomKey(5, RandomPurpose.Synthetic));
        for (int image = 0; image < Images; image++)
        {
            Set(x.Data, x.Geometry, image, Normals(ref random, 3 * features * tokens));
            Set(x.Gradient, x.Geometry, image, [.. Enumerable.Repeat(before ?? -99, 3 * features * tokens)]);
            Set(y.Gradient, y.Geometry, image, Normals(ref random, features * tokens));
        }

        using var own = new AttentionLayer(x, y, heads, before is not null, width, Geometry.BlocksFor(Images), new AttentionScratch(tokens, threads: 1, forwardQueries, backwardQueries));
        StepContext step = Step(Images);
        own.Forward(ref step);
        own.Backward(ref step);
        return [[.. Enumerable.Range(0, Images).SelectMany(image => Get(y.Data, y.Geometry, image))], [.. Enumerable.Range(0, Images).SelectMany(image => Get(x.Gradient, x.Geometry, image))]];
    }

    private static float[] Normals(ref KeyedRandom random, int count)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
            value = (float)random.NextNormal();
        return values;
    }

    // The border of the input stands for a reader that wants one.
    private (ActivationTensor Input, ActivationTensor Output) Tensors(int features, int tokens) =>
        (Tensor(new Geometry(3 * features, 1, tokens, 1)), Tensor(new Geometry(features, 1, tokens, 0)));

    private ActivationTensor Tensor(Geometry geometry) => new(geometry) { Data = Allocate(geometry), Gradient = Allocate(geometry) };

    private float* Allocate(Geometry geometry)
    {
        var buffer = new NativeBuffer<float>(geometry.BlockStride * Geometry.BlocksFor(Images));
        memory.Add(buffer);
        return buffer.Pointer;
    }
}
