using Federated.Engine.Numerics;

namespace Federated.Engine.Tests.Reference;

/// <summary>PyTorch's SGD: g += decay·w; v = momentum·v + g (v = g in the first step); w −= rate·(v, or g + momentum·v with Nesterov).</summary>
internal sealed class ReferenceSgd(double rate, double momentum = 0, double weightDecay = 0, bool nesterov = false)
{
    private double[]? velocity;

    public void Step(double[] values, double[] gradients)
    {
        velocity ??= new double[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            double g = gradients[i] + (weightDecay * values[i]);
            velocity[i] = (momentum * velocity[i]) + g;
            values[i] -= rate * (nesterov ? g + (momentum * velocity[i]) : velocity[i]);
        }
    }
}

/// <summary>Adam (Kingma and Ba 2015) with the decay added to the gradient, or AdamW (Loshchilov and Hutter 2019) with the decay apart.</summary>
internal sealed class ReferenceAdam(double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool decoupled = false)
{
    private double[]? first;
    private double[]? second;
    private int steps;

    public void Step(double[] values, double[] gradients)
    {
        first ??= new double[values.Length];
        second ??= new double[values.Length];
        steps++;
        double correction1 = 1 - DeterministicMath.Pow(beta1, steps);
        double correction2 = 1 - DeterministicMath.Pow(beta2, steps);
        for (int i = 0; i < values.Length; i++)
        {
            if (decoupled)
                values[i] -= rate * weightDecay * values[i];
            double g = gradients[i] + (decoupled ? 0 : weightDecay * values[i]);
            first[i] = (beta1 * first[i]) + ((1 - beta1) * g);
            second[i] = (beta2 * second[i]) + ((1 - beta2) * g * g);
            values[i] -= rate * (first[i] / correction1) / (Math.Sqrt(second[i] / correction2) + epsilon);
        }
    }
}
