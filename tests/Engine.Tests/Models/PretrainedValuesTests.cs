using System.Buffers.Binary;
using System.Collections.Immutable;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Federated.Engine.Storage;
using Xunit;

namespace Federated.Engine.Tests.Models;

public sealed class PretrainedValuesTests : IDisposable
{
    private static readonly TransformerShape Shape = new(Depth: 2, Dimension: 4, Heads: 2, Patch: 4);

    private readonly string folder = Directory.CreateTempSubdirectory("pretrained").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(SafeTensorsType.F32)]
    [InlineData(SafeTensorsType.F16)]
    [InlineData(SafeTensorsType.BF16)]
    public void TimmsNames_AreTheModels(SafeTensorsType type)
    {
        NetworkPlan plan = Plan(classes: 10);
        float[] expected = Numbered(plan);
        string path = Write(Tensors(plan, expected, type));
        Assert.Equal(expected, Load(path, plan));
    }

    [Fact]
    public void HuggingFacesNames_AreTranslatedAndQueryKeyAndValueJoined()
    {
        NetworkPlan plan = Plan(classes: 10);
        float[] expected = Numbered(plan);
        var tensors = new List<NamedTensor>
        {
            NamedTensor.FromSingles("vit.pooler.dense.weight", [4, 4], new float[16]),
            NamedTensor.FromSingles("vit.pooler.dense.bias", [4], new float[4]),
        };
        foreach (NamedTensor tensor in Tensors(plan, expected, SafeTensorsType.F32))
            tensors.AddRange(AsHuggingFace(tensor));
        Assert.Contains(tensors, static t => t.Name == "vit.encoder.layer.1.attention.attention.key.bias");
        Assert.Equal(expected, Load(Write(tensors), plan));
    }

    [Fact]
    public void ClassifierForOtherClasses_AndWhatAMethodAdds_StayAsTheyWere()
    {
        NetworkPlan source = Plan(classes: 10);
        NetworkPlan target = Plan(classes: 3, new ModelExtras(Prompts: 2, DeepPrompts: true, LoraRank: 1));
        float[] trained = Numbered(source);
        string path = Write(Tensors(source, trained, SafeTensorsType.F32));
        float[] loaded = Load(path, target);
        foreach (ParameterTensor tensor in target.Parameters.Tensors)
        {
            float[] values = loaded[tensor.Offset..(tensor.Offset + tensor.Count)];
            if (tensor.IsAdapter || tensor.Name.StartsWith("head.", StringComparison.Ordinal))
            {
                Assert.All(values, static v => Assert.Equal(-1, v));
                continue;
            }

            ParameterTensor from = source.Parameters.Tensors[source.Parameters.IndexOf(tensor.Name)];
            Assert.Equal(trained[from.Offset..(from.Offset + from.Count)], values);
        }
    }

    [Fact]
    public void PositionEmbeddingsOfAnotherImageSize_AreResampled()
    {
        NetworkPlan source = Plan(classes: 10);
        NetworkPlan target = ModelCatalog.Create("vit", new ModelInput(3, 16, 24, 10), shape: Shape);
        float[] trained = Numbered(source);
        float[] loaded = Load(Write(Tensors(source, trained, SafeTensorsType.F32)), target);
        ParameterTensor from = source.Parameters.Tensors[source.Parameters.IndexOf("pos_embed")];
        ParameterTensor to = target.Parameters.Tensors[target.Parameters.IndexOf("pos_embed")];
        Assert.Equal([1, 25, 4], to.Shape.AsSpan());
        float[] expected = new float[to.Count];
        PositionEmbeddings.Resample(trained.AsSpan(from.Offset, from.Count), 2, expected, 4, 6);
        Assert.Equal(expected, loaded[to.Offset..(to.Offset + to.Count)]);
        Assert.Equal(trained[from.Offset..(from.Offset + 4)], expected[..4]);
    }

    [Theory]
    [InlineData("blocks.1.mlp.fc1.bias", false, "it lacks blocks.1.mlp.fc1.bias")]
    [InlineData("norm.weight", true, "norm.weight has the shape [3], not [4]")]
    [InlineData("pos_embed", true, "pos_embed has the shape [3], not [1, 5, 4]")]
    public void WhatDoesNotFit_IsNamed(string name, bool replaced, string problem)
    {
        NetworkPlan plan = Plan(classes: 10);
        List<NamedTensor> tensors = [.. Tensors(plan, Numbered(plan), SafeTensorsType.F32).Where(t => t.Name != name)];
        if (replaced)
            tensors.Add(NamedTensor.FromSingles(name, [3], new float[3]));
        PretrainedValuesException error = Assert.Throws<PretrainedValuesException>(() => Load(Write(tensors), plan));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeeperFile_IsRefused()
    {
        NetworkPlan deep = ModelCatalog.Create("vit", new ModelInput(3, 8, 8, 10), shape: Shape with { Depth = 3 });
        string path = Write(Tensors(deep, Numbered(deep), SafeTensorsType.F32));
        PretrainedValuesException error = Assert.Throws<PretrainedValuesException>(() => Load(path, Plan(classes: 10)));
        Assert.Contains("it has blocks.2.attn.proj.bias, and vit has not", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnIncompleteThird_IsRefused()
    {
        NetworkPlan plan = Plan(classes: 10);
        List<NamedTensor> tensors = [.. Tensors(plan, Numbered(plan), SafeTensorsType.F32).SelectMany(AsHuggingFace)];
        tensors.RemoveAll(static t => t.Name == "vit.encoder.layer.0.attention.attention.value.weight");
        PretrainedValuesException error = Assert.Throws<PretrainedValuesException>(() => Load(Write(tensors), plan));
        Assert.Contains("query, key and value of blocks.0.attn.qkv.weight is missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingFile_SaysHowToMakeIt()
    {
        PretrainedValuesException error = Assert.Throws<PretrainedValuesException>(() => Load(Path.Combine(folder, "none.safetensors"), Plan(classes: 10)));
        Assert.Contains("federated pretrain", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RunningStatistics_AreLoadedToo()
    {
        NetworkPlan plan = ModelCatalog.Create("resnet-20", new ModelInput(3, 8, 8, 10), width: 0.1);
        float[] expected = Numbered(plan);
        float[] running = [.. Enumerable.Range(0, plan.Statistics.Count).Select(static i => (float)i)];
        List<NamedTensor> tensors = [.. Tensors(plan, expected, SafeTensorsType.F32)];
        tensors.AddRange(plan.Statistics.Tensors.Select(t => NamedTensor.FromSingles(t.Name, [t.Count], running.AsSpan(t.Offset, t.Count))));
        float[] values = new float[plan.Parameters.Count];
        float[] statistics = new float[plan.Statistics.Count];
        PretrainedValues.Load(Write(tensors), plan, values, statistics);
        Assert.Equal(expected, values);
        Assert.Equal(running, statistics);
    }

    private static NetworkPlan Plan(int classes, ModelExtras? extras = null) => ModelCatalog.Create("vit", new ModelInput(3, 8, 8, classes), shape: Shape, extras: extras);

    // Whole numbers to 255, which half precision of either kind holds exactly.
    private static float[] Numbered(NetworkPlan plan) => [.. Enumerable.Range(0, plan.Parameters.Count).Select(static i => (float)(i % 256))];

    private static float[] Load(string path, NetworkPlan plan)
    {
        float[] values = new float[plan.Parameters.Count];
        values.AsSpan().Fill(-1);
        PretrainedValues.Load(path, plan, values, new float[plan.Statistics.Count]);
        return values;
    }

    private static IEnumerable<NamedTensor> Tensors(NetworkPlan plan, float[] values, SafeTensorsType type) => plan.Parameters.Tensors.Select(
        tensor => Encode(tensor.Name, tensor.Shape, values.AsSpan(tensor.Offset, tensor.Count), type));

    private static NamedTensor Encode(string name, ImmutableArray<int> shape, ReadOnlySpan<float> values, SafeTensorsType type)
    {
        if (type == SafeTensorsType.F32)
            return NamedTensor.FromSingles(name, shape, values);
        byte[] data = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            ushort bits = type == SafeTensorsType.F16 ? BitConverter.HalfToUInt16Bits((Half)values[i]) : (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
            BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2 * i), bits);
        }

        return new NamedTensor(name, type, shape, data);
    }

    /// <summary>The names and shapes of google/vit-base-patch16-224-in21k, with a classifier.</summary>
    private static IEnumerable<NamedTensor> AsHuggingFace(NamedTensor tensor)
    {
        string name = tensor.Name
            .Replace("cls_token", "vit.embeddings.cls_token", StringComparison.Ordinal)
            .Replace("pos_embed", "vit.embeddings.position_embeddings", StringComparison.Ordinal)
            .Replace("patch_embed.proj", "vit.embeddings.patch_embeddings.projection", StringComparison.Ordinal)
            .Replace("attn.proj", "attention.output.dense", StringComparison.Ordinal)
            .Replace("mlp.fc1", "intermediate.dense", StringComparison.Ordinal)
            .Replace("mlp.fc2", "output.dense", StringComparison.Ordinal)
            .Replace("norm1", "layernorm_before", StringComparison.Ordinal)
            .Replace("norm2", "layernorm_after", StringComparison.Ordinal)
            .Replace("blocks.", "vit.encoder.layer.", StringComparison.Ordinal)
            .Replace("head.", "classifier.", StringComparison.Ordinal);
        if (name.StartsWith("norm.", StringComparison.Ordinal))
            name = "vit.layer" + name;
        if (!name.Contains("attn.qkv", StringComparison.Ordinal))
            return [new NamedTensor(name, tensor.Type, tensor.Shape, tensor.Data)];
        int third = tensor.Data.Length / 3;
        return new[] { "query", "key", "value" }.Select((part, i) => new NamedTensor(
            name.Replace("attn.qkv", "attention.attention." + part, StringComparison.Ordinal), tensor.Type, tensor.Shape.SetItem(0, tensor.Shape[0] / 3), tensor.Data.Slice(i * third, third)));
    }

    private string Write(IEnumerable<NamedTensor> tensors)
    {
        string path = Path.Combine(folder, "model.safetensors");
        SafeTensorsFile.Write(path, tensors);
        return path;
    }
}
