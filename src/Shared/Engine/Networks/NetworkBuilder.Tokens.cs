using Federated.Engine.Layers;
using Federated.Engine.Parameters;

namespace Federated.Engine.Networks;

/// <summary>
/// The layers of transformers. Tokens are a map of one row: a channel is a feature, a column is a token. The class token is the first; prompts, where there are any, come
/// next; the patches follow.
/// </summary>
public sealed partial class NetworkBuilder
{
    /// <summary>Cuts an image into patches of <paramref name="side"/>² pixels and maps each linearly to <paramref name="channels"/> features.</summary>
    public NetworkValue PatchEmbedding(string layer, NetworkValue image, int channels, int side)
    {
        Own(layer, image);
        Require(
            layer,
            side > 0 && image.Height % side == 0 && image.Width % side == 0,
            $"patches of {side}×{side} pixels do not fill an image of {image.Height}×{image.Width}; choose a side that divides both.");
        return Convolution(layer, image, channels, side, stride: side, bias: true, initial: InitialValues.FanInUniform);
    }

    /// <summary>
    /// Makes tokens of the patches: class token, prompts, patches row by row. The tensors are called <c>cls_token</c> [1, 1, channels], <c>pos_embed</c> [1, 1 + patches,
    /// channels], which is added to class token and patches, and <c>prompts</c> [prompts, channels].
    /// </summary>
    public NetworkValue EmbedTokens(string layer, NetworkValue patches, int prompts = 0)
    {
        Own(layer, patches);
        long count = 1L + prompts + ((long)patches.Height * patches.Width);
        Require(layer, prompts >= 0 && count <= LargestSide, $"{prompts} prompts and {patches.Height}×{patches.Width} patches are not in 0…{LargestSide - 1} tokens.");
        int d = patches.Channels;
        int classToken = AddParameter("cls_token", ParameterKind.Embedding, [1, 1, d], 1, InitialValues.SmallNormal);
        int positions = AddParameter("pos_embed", ParameterKind.Embedding, [1, 1 + (patches.Height * patches.Width), d], 1, InitialValues.SmallNormal);
        int prompt = prompts == 0 ? -1 : AddPrompts("prompts", prompts, d);
        NetworkValue output = NewValue(d, 1, (int)count);
        operations.Add(new EmbedTokensOperation(layer, patches.Index, output.Index, classToken, positions, prompt, prompts));
        return output;
    }

    /// <summary>The same linear map of every token; its matrix starts as small normals and its bias as zero.</summary>
    public NetworkValue TokenLinear(string layer, NetworkValue input, int features, bool bias = true) => TokenLinear(layer, input, features, bias, InitialValues.SmallNormal, isAdapter: false);

    /// <summary>Normalisation of each token over its channels (ε 10⁻⁶) with scale and shift.</summary>
    public NetworkValue LayerNorm(string layer, NetworkValue input)
    {
        Own(layer, input);
        int positions = input.Height * input.Width;
        int scale = AddParameter(layer + ".weight", ParameterKind.NormalizationScale, [input.Channels], positions);
        int shift = AddParameter(layer + ".bias", ParameterKind.NormalizationShift, [input.Channels], positions);
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new LayerNormOperation(layer, input.Index, output.Index, scale, shift));
        return output;
    }

    /// <summary>x·Φ(x) with the exact normal distribution.</summary>
    public NetworkValue Gelu(string layer, NetworkValue input)
    {
        Own(layer, input);
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new GeluOperation(layer, input.Index, output.Index));
        return output;
    }

    /// <summary>Puts fresh prompts, the tensor <paramref name="layer"/>, in the place of those that follow the class token.</summary>
    public NetworkValue ReplacePrompts(string layer, NetworkValue input, int prompts)
    {
        OwnTokens(layer, input);
        Require(layer, prompts > 0 && prompts < input.Width, $"{prompts} prompts are not in 1…{input.Width - 1}.");
        int tensor = AddPrompts(layer, prompts, input.Channels);
        NetworkValue output = NewValue(input.Channels, 1, input.Width);
        operations.Add(new ReplacePromptsOperation(layer, input.Index, output.Index, tensor, prompts));
        return output;
    }

    /// <summary>One token as a vector of features.</summary>
    public NetworkValue SelectToken(string layer, NetworkValue input, int token = 0)
    {
        OwnTokens(layer, input);
        Require(layer, token >= 0 && token < input.Width, $"token {token} is not in 0…{input.Width - 1}.");
        NetworkValue output = NewValue(input.Channels, 1, 1);
        operations.Add(new SelectTokenOperation(layer, input.Index, output.Index, token));
        return output;
    }

    /// <summary>
    /// A low-rank update (Hu et al. 2022, LoRA) of the linear layer that made <paramref name="output"/> of <paramref name="input"/>: output + (α/rank)·B·A·input, with the tensors
    /// <c>lora_a.weight</c> [rank, in] and <c>lora_b.weight</c> [out, rank], which starts as zero.
    /// </summary>
    public NetworkValue LowRankUpdate(string layer, NetworkValue input, NetworkValue output, int rank, double alpha)
    {
        Own(layer, output);
        Require(layer, rank > 0, $"a rank of {rank}.");
        Require(layer, double.IsFinite(alpha) && alpha > 0, $"an α of {alpha} is not positive.");
        NetworkValue inner = TokenLinear(layer + ".lora_a", input, rank, bias: false, InitialValues.FanInUniform, isAdapter: true);
        NetworkValue update = TokenLinear(layer + ".lora_b", inner, output.Channels, bias: false, InitialValues.Zeros, isAdapter: true);
        return Add(layer + ".lora", output, update, alpha / rank);
    }

    private NetworkValue TokenLinear(string layer, NetworkValue input, int features, bool bias, InitialValues initial, bool isAdapter)
    {
        OwnTokens(layer, input);
        Require(layer, features is > 0 and <= LargestSide * 16, $"{features} output features.");
        int weight = AddParameter(layer + ".weight", ParameterKind.LinearWeight, [features, input.Channels], input.Width, initial, isAdapter);
        int biasTensor = bias ? AddParameter(layer + ".bias", ParameterKind.Bias, [features], input.Width, InitialValues.Zeros) : -1;
        NetworkValue output = NewValue(features, 1, input.Width);
        operations.Add(new ConvolutionOperation(layer, input.Index, output.Index, new ConvolutionShape(input.Channels, features, Kernel: 1), weight, biasTensor));
        return output;
    }

    private int AddPrompts(string name, int prompts, int channels) =>
        AddParameter(name, ParameterKind.Embedding, [prompts, channels], 1, InitialValues.SmallUniform, isAdapter: true);

    private void OwnTokens(string layer, NetworkValue input)
    {
        Own(layer, input);
        Require(layer, input.Height == 1, $"its input is a map of {input.Height}×{input.Width}, and tokens stand in one row.");
    }
}
