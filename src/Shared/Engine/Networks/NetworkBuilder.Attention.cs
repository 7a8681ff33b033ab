namespace Federated.Engine.Networks;

public sealed partial class NetworkBuilder
{
    /// <summary>
    /// Multi-head attention (Vaswani et al. 2017), softmax(q·kᵀ/√(d/heads))·v in each head, of the tokens of each image among themselves.
    /// It has no parameters: the projections before and after it are linear layers on tokens.
    /// </summary>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="qkv">
    /// Tokens of 3·d features, a map [3·d, 1, T]: all heads' queries, then all heads' keys, then all heads' values, each d features of which head h has those from
    /// h·d/heads on, as timm's <c>qkv</c> layer puts them.
    /// </param>
    /// <param name="heads">Heads; divides d.</param>
    /// <returns>Tokens of d features, [d, 1, T]: the heads' results one after the other.</returns>
    public NetworkValue MultiHeadAttention(string layer, NetworkValue qkv, int heads)
    {
        Own(layer, qkv);
        Require(layer, qkv.Height == 1, $"its input is a map of {qkv.Height}×{qkv.Width}; tokens stand in one row.");
        Require(layer, qkv.Channels % 3 == 0, $"{qkv.Channels} features are not queries, keys and values of equal size.");
        int features = qkv.Channels / 3;
        Require(layer, heads > 0 && features % heads == 0, $"{heads} heads do not divide {features} features.");
        NetworkValue output = NewValue(features, 1, qkv.Width);
        operations.Add(new AttentionOperation(layer, qkv.Index, output.Index, heads));
        return output;
    }
}
