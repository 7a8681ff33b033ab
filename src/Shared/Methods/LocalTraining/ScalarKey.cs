namespace Federated.Methods.LocalTraining;

/// <summary>Names of the numbers that payloads carry. They are on the wire: never renumber, only append.</summary>
internal static class ScalarKey
{
    /// <summary>Samples that a sum runs over.</summary>
    public const int SamplesSeen = 1;

    /// <summary>Sum of losses.</summary>
    public const int LossSum = 2;

    /// <summary>First of the gradient requests, which take one key each from here on.</summary>
    public const int FirstGradientRequest = 16;
}
