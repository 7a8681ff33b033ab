using Federated.Engine.Numerics;

namespace Federated.Methods.DataPruning;

/// <summary>What a model says of one sample, and the scores that follow from it. In float64; the softmax has the same bits on every machine.</summary>
public readonly ref struct SampleOutput
{
    private readonly ReadOnlySpan<float> logits;
    private readonly ReadOnlySpan<double> probabilities;
    private readonly ReadOnlySpan<float> features;
    private readonly double logPartition;

    /// <summary>Takes the softmax of the logits.</summary>
    /// <param name="logits">One for each class.</param>
    /// <param name="features">What the classifier received; empty where nobody asks for it.</param>
    /// <param name="label">The sample's class.</param>
    /// <param name="probabilities">Memory for the probabilities, one for each class.</param>
    public SampleOutput(ReadOnlySpan<float> logits, ReadOnlySpan<float> features, int label, Span<double> probabilities)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)label, (uint)logits.Length, nameof(label));
        this.logits = logits;
        this.features = features;
        this.probabilities = probabilities = probabilities[..logits.Length];
        Label = label;
        double largest = double.NegativeInfinity;
        for (int c = 0; c < logits.Length; c++)
        {
            if (logits[c] > largest)
            {
                largest = logits[c];
                Predicted = c;
            }
        }

        double partition = 0;
        foreach (float logit in logits)
            partition += DeterministicMath.Exp(logit - largest);
        logPartition = DeterministicMath.Log(partition) + largest;
        for (int c = 0; c < logits.Length; c++)
            probabilities[c] = DeterministicMath.Exp(logits[c] - logPartition);
    }

    /// <summary>The sample's class.</summary>
    public int Label { get; }

    /// <summary>The class of the largest logit, the first of equal ones; −1 where none is a number.</summary>
    public int Predicted { get; } = -1;

    /// <summary>Whether the predicted class is the label.</summary>
    public bool IsRight => Predicted == Label;

    /// <summary>What the classifier received.</summary>
    public ReadOnlySpan<float> Features => features;

    /// <summary>Cross-entropy, natural logarithm, without label smoothing.</summary>
    public double Loss => logPartition - logits[Label];

    /// <summary>EL2N: ‖p − y‖₂ with the probabilities p and the label as a one-hot vector y (Paul et al. 2021, Definition 4.2).</summary>
    public double ErrorNorm
    {
        get
        {
            double sum = 0;
            for (int c = 0; c < probabilities.Length; c++)
            {
                double error = probabilities[c] - (c == Label ? 1 : 0);
                sum += error * error;
            }

            return Math.Sqrt(sum);
        }
    }

    /// <summary>
    /// Norm of the loss's gradient with respect to weights and bias of the last layer: the gradient is the outer product of p − y and (h, 1), so that its norm is ‖p − y‖₂·√(‖h‖² + 1), exactly.
    /// GraNd (Paul et al. 2021, Definition 2.1) takes the gradient of all parameters.
    /// </summary>
    public double LastLayerGradientNorm
    {
        get
        {
            double sum = 1;
            foreach (float feature in features)
                sum += (double)feature * feature;
            return ErrorNorm * Math.Sqrt(sum);
        }
    }

    /// <summary>p_y − max over the other classes of p: negative where another class is more probable. What AUM sums up, with probabilities as CCS has it.</summary>
    public double Margin
    {
        get
        {
            double other = 0;
            for (int c = 0; c < probabilities.Length; c++)
            {
                if (c != Label)
                    other = Math.Max(other, probabilities[c]);
            }

            return probabilities[Label] - other;
        }
    }
}
