namespace Federated.Engine.Models;

/// <summary>What a method adds to a pre-trained model so that it trains instead of the model's own tensors. Only vision transformers take any.</summary>
/// <param name="Prompts">Learned tokens between class token and patches (Jia et al. 2022).</param>
/// <param name="DeepPrompts">Fresh prompts for every block instead of the first only.</param>
/// <param name="LoraRank">Rank of the updates of the attention's two linear layers (Hu et al. 2022); 0: none.</param>
/// <param name="LoraAlpha">The updates are scaled by this over the rank; 0 takes the rank, a factor of one.</param>
public sealed record ModelExtras(int Prompts = 0, bool DeepPrompts = false, int LoraRank = 0, double LoraAlpha = 0)
{
    /// <summary>Nothing added.</summary>
    public static ModelExtras None { get; } = new();
}
