using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>max(0, x); either pass may work in place.</summary>
internal sealed class ReluLayer(ActivationTensor input, ActivationTensor output, bool accumulate) : ActivationFunctionLayer<ReluLayer.Function>(input, output, accumulate)
{
    internal readonly struct Function : IActivationFunction
    {
        public static bool GradientReadsOutput => true;

        public static Vector512<float> Value(Vector512<float> argument) => LaneVectors.Relu(argument);

        public static Vector512<float> Gradient(Vector512<float> known, Vector512<float> gradient) => LaneVectors.WherePositive(known, gradient);
    }
}
