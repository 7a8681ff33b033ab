using Federated.Engine.Layers;
using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Tests.Kernels;

/// <summary>
/// A layer's three products by plain loops in double precision. Beside each sum stands the sum of the terms' magnitudes: a single-precision sum whose
/// longest chain has n additions is off by at most n·2⁻²⁴ times that (Higham, Accuracy and Stability, section 4.2).
/// </summary>
internal sealed class ScalarReference
{
    public ScalarReference(LayerFixture fixture)
    {
        Geometry input = fixture.Input.Geometry;
        Geometry output = fixture.Output.Geometry;
        float[] x = fixture.InputData;
        float[] g = fixture.OutputGradient;
        ConvolutionShape shape = fixture.Shape;
        ParameterTensor weight = fixture.Mask.Layout.Tensors[1];
        float[] dense = new float[fixture.Mask.Layout.Count];
        fixture.Mask.Scatter(fixture.Values, dense);
        ReadOnlySpan<float> w = dense.AsSpan(weight.Offset, weight.Count);
        Output = new double[fixture.OutputData.Length];
        OutputMagnitude = new double[Output.Length];
        InputGradient = new double[x.Length];
        InputGradientMagnitude = new double[x.Length];
        WeightGradient = new double[weight.Count];
        WeightGradientMagnitude = new double[weight.Count];
        BiasGradient = new double[shape.OutputChannels];
        int kernel = fixture.IsLinear ? input.Height : shape.Kernel;
        int kernelColumns = fixture.IsLinear ? input.Width : shape.Kernel;
        int perGroup = shape.InputChannels / shape.Groups;
        int padding = fixture.IsLinear ? 0 : shape.Padding;
        for (int image = 0; image < fixture.Batch; image++)
        {
            for (int o = 0; o < shape.OutputChannels; o++)
            {
                int group = o / (shape.OutputChannels / shape.Groups);
                for (int row = 0; row < output.Height; row++)
                {
                    for (int column = 0; column < output.Width; column++)
                    {
                        int at = LayerFixture.At(output, image, o, row, column);
                        double sum = fixture.HasBias ? dense[fixture.Mask.Layout.Tensors[2].Offset + o] : 0;
                        double magnitude = Math.Abs(sum);
                        BiasGradient[o] += g[at];
                        for (int i = 0; i < perGroup; i++)
                        {
                            for (int kr = 0; kr < kernel; kr++)
                            {
                                for (int kc = 0; kc < kernelColumns; kc++)
                                {
                                    int r = (row * shape.Stride) + kr - padding;
                                    int c = (column * shape.Stride) + kc - padding;
                                    if (r < 0 || c < 0 || r >= input.Height || c >= input.Width)
                                        continue;
                                    int from = LayerFixture.At(input, image, (group * perGroup) + i, r, c);
                                    int j = (((((o * perGroup) + i) * kernel) + kr) * kernelColumns) + kc;
                                    sum += (double)w[j] * x[from];
                                    magnitude += Math.Abs((double)w[j] * x[from]);
                                    InputGradient[from] += (double)w[j] * g[at];
                                    InputGradientMagnitude[from] += Math.Abs((double)w[j] * g[at]);
                                    WeightGradient[j] += (double)x[from] * g[at];
                                    WeightGradientMagnitude[j] += Math.Abs((double)x[from] * g[at]);
                                }
                            }
                        }

                        Output[at] = sum;
                        OutputMagnitude[at] = magnitude;
                    }
                }
            }
        }
    }

    public double[] Output { get; }

    public double[] OutputMagnitude { get; }

    public double[] InputGradient { get; }

    public double[] InputGradientMagnitude { get; }

    public double[] WeightGradient { get; }

    public double[] WeightGradientMagnitude { get; }

    public double[] BiasGradient { get; }
}
