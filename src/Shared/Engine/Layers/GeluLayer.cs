using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>x·Φ(x), exact (Hendrycks and Gimpel 2016).</summary>
internal sealed class GeluLayer(ActivationTensor input, ActivationTensor output, bool accumulate) : ActivationFunctionLayer<GeluLayer.Function>(input, output, accumulate)
{
    internal readonly struct Function : IActivationFunction
    {
        public static bool GradientReadsOutput => false;

        public static Vector512<float> Value(Vector512<float> argument) => GaussianLanes.Gelu(argument);

        public static Vector512<float> Gradient(Vector512<float> known, Vector512<float> gradient) => GaussianLanes.GeluSlope(known) * gradient;
    }
}
