using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Methods.Experiments;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>How activations and their gradients are made smaller before they cross the cuts.</summary>
public sealed record CompressionSpec
{
    private const string None = "none";
    private const string Int8 = "int8";
    private const string Int4 = "int4";
    private const string TopK = "topk";
    private const string RandTopk = "randtopk";

    /// <summary>none, int8, int4, topk or randtopk.</summary>
    [Description("How activations and gradients cross the cuts: none (float32), int8 or int4 (a scale per vector, stochastic rounding), topk or randtopk (the largest values of each vector; gradients at the same places).")]
    [AllowedValues(None, Int8, Int4, TopK, RandTopk)]
    public string Kind { get; init; } = None;

    /// <summary>Share of each vector's values that crosses.</summary>
    [Description("topk, randtopk: share of each vector's values that crosses, above 0 and at most 1.")]
    [Range(1e-6, 1.0)]
    [UsedWhen(nameof(Kind), TopK, RandTopk)]
    public double Keep { get; init; } = 0.1;

    /// <summary>Probability α of a value from outside the largest.</summary>
    [Description("randtopk: probability that a value is drawn from outside the largest.")]
    [Range(0.0, 1.0)]
    [UsedWhen(nameof(Kind), RandTopk)]
    public double Alpha { get; init; } = 0.1;

    /// <summary>Whether every message has a length that does not depend on its values.</summary>
    internal bool HasExactSize => Kind is None or Int8 or Int4;

    /// <summary>Whether what arrives is what was sent.</summary>
    internal bool IsLossless => Kind == None;

    /// <summary>The coding.</summary>
    internal ActivationCompression Coding => Kind switch
    {
        Int8 => ActivationCompression.Quantized(8),
        Int4 => ActivationCompression.Quantized(4),
        TopK => ActivationCompression.TopK(Keep),
        RandTopk => ActivationCompression.RandomTopK(Keep, Alpha),
        _ => ActivationCompression.None,
    };
}
