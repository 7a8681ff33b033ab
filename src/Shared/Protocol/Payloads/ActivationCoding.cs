namespace Federated.Protocol.Payloads;

/// <summary>How a batch of activations is made smaller.</summary>
public enum ActivationCoding
{
    /// <summary>Not at all: every bit crosses.</summary>
    Exact,

    /// <summary>Levels of 8 or 4 bits and one scale per vector.</summary>
    Quantized,

    /// <summary>The largest magnitudes of each vector, and where they are.</summary>
    TopK,

    /// <summary>As many values of each vector, drawn mostly from the largest (RandTopk).</summary>
    RandomTopK,
}
