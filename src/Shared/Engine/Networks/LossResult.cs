namespace Federated.Engine.Networks;

/// <summary>Loss and accuracy of one batch.</summary>
/// <param name="LossSum">Sum over the images of the cross-entropy (natural logarithm), label smoothing included.</param>
/// <param name="Correct">Images whose largest logit is that of their label; the first of equal logits counts, NaN never does.</param>
public readonly record struct LossResult(double LossSum, int Correct);
