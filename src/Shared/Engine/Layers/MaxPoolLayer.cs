using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>
/// Largest value of each window. The backward pass finds the place again by comparing the window with the stored result; of equal values the first in
/// row-major order takes the gradient, as in PyTorch.
/// </summary>
internal sealed unsafe class MaxPoolLayer(ActivationTensor input, ActivationTensor output, PoolWindows windows, bool accumulate) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        int rowStride = input.Geometry.RowStride;
        for (int channel = 0; channel < input.Geometry.Channels; channel++)
        {
            Plane from = input.DataPlane(in step, blocks, channel);
            Plane to = output.DataPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                float* source = from.Row(block, 0);
                for (int row = 0; row < windows.Rows.Length; row++)
                {
                    PoolRange rows = windows.Rows[row];
                    float* y = to.Row(block, row);
                    for (int column = 0; column < windows.Columns.Length; column++)
                    {
                        PoolRange columns = windows.Columns[column];
                        Vector512<float> best = Vector512.Create(float.NegativeInfinity);
                        for (int r = rows.Start; r < rows.End; r++)
                        {
                            for (int c = columns.Start; c < columns.End; c++)
                            {
                                Vector512<float> x = Vector512.Load(source + (r * rowStride) + (c * Geometry.Lanes));
                                // A NaN is taken and then never replaced, because no comparison with it holds.
                                best = Vector512.ConditionalSelect(Vector512.GreaterThan(x, best) | Vector512.IsNaN(x), x, best);
                            }
                        }

                        best.Store(y + (column * Geometry.Lanes));
                    }
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        int rowStride = input.Geometry.RowStride;
        int gradientRowStride = input.GradientGeometry.RowStride;
        for (int channel = 0; channel < input.Geometry.Channels; channel++)
        {
            Plane from = input.DataPlane(in step, blocks, channel);
            Plane result = output.DataPlane(in step, blocks, channel);
            Plane gradient = output.GradientPlane(in step, blocks, channel);
            Plane to = input.GradientPlane(in step, blocks, channel);
            for (int block = blocks.First; block < blocks.End; block++)
            {
                if (!accumulate)
                    to.Clear(block, input.Geometry.Height, input.Geometry.Width);
                for (int row = 0; row < windows.Rows.Length; row++)
                {
                    float* y = result.Row(block, row);
                    float* d = gradient.Row(block, row);
                    for (int column = 0; column < windows.Columns.Length; column++)
                    {
                        Scatter(
                            from.Row(block, 0), rowStride, to.Row(block, 0), gradientRowStride, windows.Rows[row], windows.Columns[column],
                            Vector512.Load(y + (column * Geometry.Lanes)), Vector512.Load(d + (column * Geometry.Lanes)));
                    }
                }
            }
        }
    }

    private static void Scatter(
        float* source, int rowStride, float* gradient, int gradientRowStride, PoolRange rows, PoolRange columns, Vector512<float> best, Vector512<float> left)
    {
        for (int r = rows.Start; r < rows.End; r++)
        {
            for (int c = columns.Start; c < columns.End; c++)
            {
                int column = c * Geometry.Lanes;
                float* at = gradient + (r * gradientRowStride) + column;
                Vector512<float> hit = Vector512.Equals(Vector512.Load(source + (r * rowStride) + column), best);
                (Vector512.Load(at) + (left & hit)).Store(at);
                left = Vector512.AndNot(left, hit);
            }
        }
    }
}
