using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Optimizers;
using Federated.Engine.Parameters;
using Federated.Engine.Randomness;
using Xunit;

namespace Federated.Engine.Tests.Networks;

public sealed class SplitPlanTests
{
    private static readonly RandomKey Key = new(7, RandomPurpose.Dropout, Round: 3, Client: 5, Step: 11);

    public static TheoryData<string, int, int, int> Cuts() => new()
    {
        { "lenet-5", 0, 0, 19 },
        { "lenet-5", 1, 1, 33 },
        { "lenet-5", 2, 0, 16 },
        { "cnn", 0, 0, 19 },
        { "cnn", 1, 0, 5 },
        { "vit", 0, 0, 19 },
        { "vit", 1, 1, 33 },
    };

    [Theory]
    [MemberData(nameof(Cuts))]
    public void SplitTraining_EqualsUnsplitTrainingToTheBit(string model, int headBlocks, int tailBlocks, int count)
    {
        AssertSplitEqualsUnsplit(Create(model), headBlocks, tailBlocks, count);
    }

    /// <summary>Few tokens, so that linear layers take several blocks of images at a time and normalisation, prompts and embeddings beside them must not care.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    public void SplitTrainingOfPromptsAndLowRankUpdates_EqualsUnsplitTrainingToTheBit(int headBlocks, int tailBlocks)
    {
        NetworkPlan plan = ModelCatalog.Create(
            "vit", new ModelInput(3, 12, 12, 10), shape: new TransformerShape(Depth: 3, Dimension: 12, Heads: 3, Patch: 4, Dropout: 0.1),
            extras: new ModelExtras(Prompts: 2, DeepPrompts: true, LoraRank: 2));
        Assert.Contains(plan.Buffers.Schedule.Stages, static stage => stage.BlocksPerGroup == 3); // 1 + 2 + 9 tokens
        AssertSplitEqualsUnsplit(plan, headBlocks, tailBlocks, 70);
    }

    private static void AssertSplitEqualsUnsplit(NetworkPlan plan, int headBlocks, int tailBlocks, int count)
    {
        var cut = SplitPlan.Cut(plan, headBlocks, tailBlocks);
        float[] values = Plans.Values(plan, seed: 2);
        using var whole = new Network(plan, 70);
        using var head = new Network(cut.Head, 70);
        using var body = new Network(cut.Body, 70);
        using var tail = new Network(cut.Tail, 70, threads: 2);
        values.CopyTo(whole.Values);
        values[cut.HeadValues].CopyTo(head.Values);
        values[cut.BodyValues].CopyTo(body.Values);
        values[cut.TailValues].CopyTo(tail.Values);
        int[] labels = [.. Enumerable.Range(0, count).Select(static i => i * 7 % 10)];
        float[] firstCut = new float[count * cut.Head.OutputCount];
        float[] secondCut = new float[count * cut.Body.OutputCount];
        for (int step = 0; step < 3; step++)
        {
            RandomKey key = Key with { Step = step };
            float[] images = Plans.Normals(count * plan.InputCount, seed: (ulong)(3 + step));
            SetImages(whole, images);
            whole.Forward(ForwardMode.Train, count, key);
            LossResult expected = whole.Loss(labels);
            whole.Backward();

            SetImages(head, images);
            head.Forward(ForwardMode.Train, count, key);
            head.ReadOutput(firstCut);
            body.WriteInput(firstCut, count);
            body.Forward(ForwardMode.Train, count, key);
            body.ReadOutput(secondCut);
            tail.WriteInput(secondCut, count);
            tail.Forward(ForwardMode.Train, count, key);
            Assert.Equal(expected, tail.Loss(labels));
            tail.Backward();
            tail.ReadInputGradient(secondCut);
            body.WriteOutputGradient(secondCut);
            body.Backward();
            body.ReadInputGradient(firstCut);
            head.WriteOutputGradient(firstCut);
            head.Backward();

            Assert.Equal(whole.Gradients[cut.HeadValues], head.Gradients);
            Assert.Equal(whole.Gradients[cut.BodyValues], body.Gradients);
            Assert.Equal(whole.Gradients[cut.TailValues], tail.Gradients);
            foreach (Network network in (Network[])[whole, head, body, tail])
            {
                var optimizer = new Sgd();
                optimizer.Reset(network.Values.Length);
                optimizer.Step(network.Values, network.Gradients, 0.1f);
            }
        }
    }

    [Fact]
    public void Parts_HaveTheWholePlansTensorsInOrder()
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", new ModelInput(1, 28, 28, 10));

        var cut = SplitPlan.Cut(plan, headBlocks: 1, tailBlocks: 1);

        Assert.Equal(["conv1.weight", "conv1.bias", "conv2.weight", "conv2.bias"], cut.Head.Parameters.Tensors.Select(static t => t.Name));
        Assert.Equal(["fc1.weight", "fc1.bias"], cut.Body.Parameters.Tensors.Select(static t => t.Name));
        Assert.Equal(["fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"], cut.Tail.Parameters.Tensors.Select(static t => t.Name));
        Assert.Equal((4, 6), (cut.FirstBodyTensor, cut.FirstTailTensor));
        Assert.Equal(plan.MultiplyAdds(), cut.Head.MultiplyAdds() + cut.Body.MultiplyAdds() + cut.Tail.MultiplyAdds());
        Assert.False(cut.Head.InputHasGradient);
        Assert.True(cut.Body.InputHasGradient);
        Assert.False(cut.HasShortcut); // 16×5×5 into 84 features
    }

    [Fact]
    public void Cut_WithoutABodyIsRefused()
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", new ModelInput(1, 28, 28, 10));

        InvalidModelException problem = Assert.Throws<InvalidModelException>(() => SplitPlan.Cut(plan, headBlocks: 2, tailBlocks: 1));

        Assert.Contains("5 blocks leave none for the body", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_ThroughBatchNormalizationIsRefused()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-20", new ModelInput(3, 32, 32, 10));

        Assert.Contains("batch normalisation", Assert.Throws<InvalidModelException>(() => SplitPlan.Cut(plan)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lenet-5", "fc3.weight")]
    [InlineData("lenet-5", "conv2.bias")]
    [InlineData("lenet-5", "conv1.weight")]
    [InlineData("vit", "head.weight")]
    [InlineData("vit", "pos_embed")]
    [InlineData("vit", "blocks.3.norm1.bias")]
    [InlineData("vit", "patch_embed.proj.bias")]
    [InlineData("resnet-20", "fc.weight")]
    [InlineData("resnet-20", "layer2.0.bn1.weight")]
    [InlineData("resnet-20", "layer1.1.conv2.weight")]
    public void FrozenTensors_DoNotChangeTheGradientsOfTheOthers(string model, string trained)
    {
        NetworkPlan plan = Create(model);
        var trainable = ParameterSubset.Where(plan.Parameters, tensor => tensor.Name == trained || tensor.Name == "fc.bias");
        const int Count = 19;
        float[] images = Plans.Normals(Count * plan.InputCount, seed: 3);
        float[] Gradients(ParameterSubset? subset)
        {
            using var network = new Network(plan, Count);
            Plans.Values(plan, seed: 2).CopyTo(network.Values);
            if (subset is not null)
                network.SetTrainable(subset);
            SetImages(network, images);
            network.Forward(ForwardMode.Train, Count, Key);
            network.Loss(new int[Count]);
            network.Backward();
            return trainable.Gather(network.Gradients);
        }

        float[] expected = Gradients(subset: null);

        Assert.Contains(expected, static gradient => gradient != 0);
        Assert.Equal(expected, Gradients(trainable));
    }

    [Fact]
    public void PixelsOfACut_CanBeReadAndWrittenApart()
    {
        NetworkPlan plan = ModelCatalog.Create("lenet-5", new ModelInput(3, 32, 32, 10));
        SplitPlan cut = SplitPlan.Cut(plan);
        using var body = new Network(cut.Body, 17);
        Plans.Values(cut.Body, seed: 2).CopyTo(body.Values);
        float[] all = Plans.Normals(17 * cut.Body.InputCount, seed: 1);
        int channels = cut.Body.InputChannels;
        int pixels = cut.Body.InputHeight * cut.Body.InputWidth;
        float[] some = [.. Enumerable.Range(0, 17).SelectMany(image => all.AsSpan((image * pixels * channels) + (5 * channels), 3 * channels).ToArray())];
        float[] alone = new float[all.Length];
        for (int image = 0; image < 17; image++)
            some.AsSpan(image * 3 * channels, 3 * channels).CopyTo(alone.AsSpan((image * pixels * channels) + (5 * channels)));

        float[] Output(ReadOnlySpan<float> activations, int first, int count)
        {
            body.WriteInput(activations, 17, first, count);
            body.Forward(ForwardMode.Evaluate, 17);
            float[] output = new float[17 * cut.Body.OutputCount];
            body.ReadOutput(output);
            return output;
        }

        float[] expected = Output(alone, 0, -1);
        Assert.NotEqual(expected, Output(all, 0, -1));
        Assert.Equal(expected, Output(some, 5, 3));
        Assert.Throws<ArgumentException>(() => Output(some, 5, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Output(some, pixels, 1));
    }

    private static NetworkPlan Create(string model) =>
        ModelCatalog.Create(model, new ModelInput(3, 32, 32, 10), shape: model == "vit" ? new TransformerShape(Depth: 4, Dimension: 12, Heads: 2, Patch: 8) : null);

    private static void SetImages(Network network, float[] images)
    {
        int length = network.Plan.InputCount;
        for (int image = 0; image < images.Length / length; image++)
            network.SetImage(image, images.AsSpan(image * length, length));
    }
}
