using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Engine.Parameters;
using Xunit;

namespace Federated.Engine.Tests.Models;

public sealed class VisionTransformerTests
{
    private static readonly ModelInput ImageNet = new(3, 224, 224, 1000);

    // Blocks 12·(12d² + 13d), patches (768 + 1)d, positions 197d, class token d, norm 2d, classifier 1000(d + 1). Multiply-adds: 197·12d² and two products of 197²·d a block,
    // patches 196·768d, classifier 1000d.
    [Theory]
    [InlineData("vit-base", 86_567_656, 17_563_828_224)]
    [InlineData("vit-small", 22_050_664, 4_598_882_304)]
    [InlineData("vit-tiny", 5_717_416, 1_253_683_200)]
    public void Preset_HasThePublishedNumbers(string name, int parameters, long multiplyAdds)
    {
        NetworkPlan plan = ModelCatalog.Create(name, ImageNet);
        Assert.Equal((parameters, multiplyAdds), (plan.Parameters.Count, plan.MultiplyAdds()));
    }

    [Fact]
    public void Tensors_HaveTimmsNamesAndShapesBlockByBlock()
    {
        NetworkPlan plan = ModelCatalog.Create("vit", new ModelInput(3, 8, 8, 10), shape: new TransformerShape(Depth: 1, Dimension: 6, Heads: 2, Patch: 4));
        Assert.Equal(
            [
                "0 patch_embed.proj.weight 6x3x4x4", "0 patch_embed.proj.bias 6", "0 cls_token 1x1x6", "0 pos_embed 1x5x6",
                "1 blocks.0.norm1.weight 6", "1 blocks.0.norm1.bias 6", "1 blocks.0.attn.qkv.weight 18x6", "1 blocks.0.attn.qkv.bias 18",
                "1 blocks.0.attn.proj.weight 6x6", "1 blocks.0.attn.proj.bias 6", "1 blocks.0.norm2.weight 6", "1 blocks.0.norm2.bias 6",
                "1 blocks.0.mlp.fc1.weight 24x6", "1 blocks.0.mlp.fc1.bias 24", "1 blocks.0.mlp.fc2.weight 6x24", "1 blocks.0.mlp.fc2.bias 6",
                "2 norm.weight 6", "2 norm.bias 6", "2 head.weight 10x6", "2 head.bias 10",
            ],
            plan.Parameters.Tensors.Select(static t => $"{t.Block} {t.Name} {string.Join('x', t.Shape)}"));
    }

    [Fact]
    public void Extras_AreTheOnlyAdapters()
    {
        NetworkPlan plan = ModelCatalog.Create(
            "vit", new ModelInput(3, 8, 8, 10), shape: new TransformerShape(Depth: 2, Dimension: 6, Heads: 2, Patch: 4), extras: new ModelExtras(Prompts: 3, DeepPrompts: true, LoraRank: 2));
        string[] lora = [.. new[] { "qkv", "proj" }.SelectMany(static layer => new[] { $"attn.{layer}.lora_a.weight", $"attn.{layer}.lora_b.weight" })];
        Assert.Equal(
            ["0 prompts 3x6", .. lora.Select(static name => "1 blocks.0." + name), "2 blocks.1.prompts 3x6", .. lora.Select(static name => "2 blocks.1." + name)],
            plan.Parameters.Tensors.Where(static t => t.IsAdapter).Select(static t => t.Name.Contains("lora", StringComparison.Ordinal)
                ? $"{t.Block} {t.Name}"
                : $"{t.Block} {t.Name} {string.Join('x', t.Shape)}"));
        // 15,360 bytes of five prompts on ViT-B: 5·768 floats.
        NetworkPlan large = ModelCatalog.Create("vit-base", ImageNet, extras: new ModelExtras(Prompts: 5));
        Assert.Equal(86_567_656 + (5 * 768), large.Parameters.Count);
        Assert.Equal(202, large.Values.Single(v => v.Index == large.Operations.OfType<EmbedTokensOperation>().Single().Output).Width);
    }

    [Fact]
    public void Initialization_IsTimms()
    {
        NetworkPlan plan = ModelCatalog.Create("vit-tiny", new ModelInput(3, 32, 32, 10), extras: new ModelExtras(Prompts: 4, LoraRank: 2));
        float[] values = Initialization.Values(plan, seed: 5);
        foreach (string matrix in (string[])["blocks.3.attn.qkv.weight", "blocks.0.mlp.fc2.weight", "head.weight", "pos_embed"])
            Assert.Equal(0.02, Deviation(Of(matrix)), 0.001);
        Assert.All((string[])["blocks.3.attn.qkv.bias", "head.bias", "patch_embed.proj.bias", "norm.bias", "blocks.1.attn.proj.lora_b.weight"], name => Assert.All(Of(name), static v => Assert.Equal(0, v)));
        Assert.All(Of("blocks.2.norm1.weight"), static v => Assert.Equal(1, v));
        // Uniform in ±bound has the deviation bound/√3.
        Assert.Equal(0.1 / Math.Sqrt(3), Deviation(Of("prompts")), 0.005);
        Assert.All(Of("prompts"), static v => Assert.InRange(v, -0.1f, 0.1f));
        Assert.Equal(1 / Math.Sqrt(3 * 768), Deviation(Of("patch_embed.proj.weight")), 0.001);
        Assert.Equal(1 / Math.Sqrt(3 * 192), Deviation(Of("blocks.1.attn.proj.lora_a.weight")), 0.005);

        float[] Of(string name)
        {
            ParameterTensor tensor = plan.Parameters.Tensors[plan.Parameters.IndexOf(name)];
            return values[tensor.Offset..(tensor.Offset + tensor.Count)];
        }

        static double Deviation(float[] values) => Math.Sqrt(values.Average(static v => (double)v * v));
    }

    [Fact]
    public void OptionsWithoutMeaning_AreRefused()
    {
        ModelInput small = new(3, 32, 32, 10);
        Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("vit", small, width: 0.5));
        Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("resnet-20", small, shape: new TransformerShape()));
        Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("resnet-20", small, extras: new ModelExtras(Prompts: 2)));
        Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("vit", small, extras: new ModelExtras(DeepPrompts: true)));
        Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("vit", small, shape: new TransformerShape(Heads: 3)));
        InvalidModelException problem = Assert.Throws<InvalidModelException>(() => ModelCatalog.Create("vit", small, shape: new TransformerShape(Patch: 5)));
        Assert.Contains("do not fill an image of 32×32", problem.Message, StringComparison.Ordinal);
    }
}
