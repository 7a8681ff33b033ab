using Federated.Engine.Networks;
using Federated.Engine.Parameters;

namespace Federated.Engine.Models;

/// <summary>
/// Vision transformers (Dosovitskiy et al. 2021) with the tensors and names of timm: pre-norm blocks, an MLP of four times the features with GELU, and a classifier on the
/// class token after the final norm. Blocks for pruning and for cutting: embeddings and prompts are 0, transformer block i is i + 1, norm and classifier are the last.
/// </summary>
internal static class VisionTransformers
{
    private const int MlpRatio = 4;

    /// <summary>The shape that a name stands for; null: it comes from options.</summary>
    public static TransformerShape? Preset(string name) => name switch
    {
        "vit-tiny" => new TransformerShape(Depth: 12, Dimension: 192, Heads: 3, Patch: 16),
        "vit-small" => new TransformerShape(Depth: 12, Dimension: 384, Heads: 6, Patch: 16),
        "vit-base" => new TransformerShape(Depth: 12, Dimension: 768, Heads: 12, Patch: 16),
        _ => null,
    };

    public static NetworkPlan Create(string name, ModelInput input, TransformerShape shape, ModelExtras extras)
    {
        if (shape.Depth is not (> 0 and <= 1000))
            throw new InvalidModelException(name, $"a depth of {shape.Depth} is not in 1…1000.");
        if (extras.DeepPrompts && extras.Prompts == 0)
            throw new InvalidModelException(name, "deep prompts need a number of prompts above 0.");
        if (extras.LoraRank < 0)
            throw new InvalidModelException(name, $"a rank of {extras.LoraRank} is negative.");
        var builder = new NetworkBuilder(name, input.Channels, input.Height, input.Width);
        NetworkValue x = builder.Block(0).PatchEmbedding("patch_embed.proj", builder.Input, shape.Dimension, shape.Patch);
        x = builder.EmbedTokens("tokens", x, extras.Prompts);
        x = Dropped(builder, "pos_drop", x, shape.Dropout);
        for (int block = 0; block < shape.Depth; block++)
        {
            builder.Block(block + 1);
            // The first block's prompts are those of the embeddings.
            if (extras.DeepPrompts && block > 0)
                x = builder.ReplacePrompts($"blocks.{block}.prompts", x, extras.Prompts);
            x = Block(builder, $"blocks.{block}", x, shape, extras);
        }

        builder.Block(shape.Depth + 1);
        x = builder.SelectToken("class", builder.LayerNorm("norm", x));
        return builder.Build(builder.Linear("head", x, input.Classes, initial: InitialValues.SmallNormal));
    }

    private static NetworkValue Block(NetworkBuilder builder, string name, NetworkValue x, TransformerShape shape, ModelExtras extras)
    {
        NetworkValue y = TokenLinear(builder, name + ".attn.qkv", builder.LayerNorm(name + ".norm1", x), 3 * shape.Dimension, extras);
        y = builder.MultiHeadAttention(name + ".attn", y, shape.Heads);
        y = TokenLinear(builder, name + ".attn.proj", y, shape.Dimension, extras);
        x = builder.Add(name + ".add1", x, Dropped(builder, name + ".attn.proj_drop", y, shape.Dropout));
        y = builder.TokenLinear(name + ".mlp.fc1", builder.LayerNorm(name + ".norm2", x), MlpRatio * shape.Dimension);
        y = Dropped(builder, name + ".mlp.drop1", builder.Gelu(name + ".mlp.act", y), shape.Dropout);
        y = builder.TokenLinear(name + ".mlp.fc2", y, shape.Dimension);
        return builder.Add(name + ".add2", x, Dropped(builder, name + ".mlp.drop2", y, shape.Dropout));
    }

    private static NetworkValue TokenLinear(NetworkBuilder builder, string layer, NetworkValue x, int features, ModelExtras extras)
    {
        NetworkValue y = builder.TokenLinear(layer, x, features);
        return extras.LoraRank == 0 ? y : builder.LowRankUpdate(layer, x, y, extras.LoraRank, extras.LoraAlpha == 0 ? extras.LoraRank : extras.LoraAlpha);
    }

    private static NetworkValue Dropped(NetworkBuilder builder, string layer, NetworkValue x, double rate) => rate == 0 ? x : builder.Dropout(layer, x, rate);
}
