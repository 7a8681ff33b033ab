using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Layers;

/// <summary>Mean of each window; windows may overlap and differ in size (adaptive pooling).</summary>
internal sealed unsafe class AveragePoolLayer(ActivationTensor input, ActivationTensor output, PoolWindows windows, bool accumulate) : Layer
{
    public override void Forward(ref StepContext step, BlockRange blocks)
    {
        int rowStride = input.Geometry.RowStride;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int channel = 0; channel < input.Geometry.Channels; channel++)
            {
                float* source = input.DataPlane(in step, blocks, channel).Row(block, 0);
                Plane to = output.DataPlane(in step, blocks, channel);
                for (int row = 0; row < windows.Rows.Length; row++)
                {
                    PoolRange rows = windows.Rows[row];
                    float* y = to.Row(block, row);
                    for (int column = 0; column < windows.Columns.Length; column++)
                    {
                        PoolRange columns = windows.Columns[column];
                        Vector512<float> sum = Vector512<float>.Zero;
                        for (int r = rows.Start; r < rows.End; r++)
                        {
                            for (int c = columns.Start; c < columns.End; c++)
                                sum += Vector512.Load(source + (r * rowStride) + (c * Geometry.Lanes));
                        }

                        (sum * Share(rows, columns)).Store(y + (column * Geometry.Lanes));
                    }
                }
            }
        }
    }

    public override void Backward(ref StepContext step, BlockRange blocks)
    {
        if (!input.HasGradient)
            return;
        int rowStride = input.GradientGeometry.RowStride;
        for (int block = blocks.First; block < blocks.End; block++)
        {
            for (int channel = 0; channel < input.Geometry.Channels; channel++)
            {
                Plane from = output.GradientPlane(in step, blocks, channel);
                Plane to = input.GradientPlane(in step, blocks, channel);
                if (!accumulate)
                    to.Clear(block, input.Geometry.Height, input.Geometry.Width);
                float* gradient = to.Row(block, 0);
                for (int row = 0; row < windows.Rows.Length; row++)
                {
                    PoolRange rows = windows.Rows[row];
                    float* d = from.Row(block, row);
                    for (int column = 0; column < windows.Columns.Length; column++)
                    {
                        PoolRange columns = windows.Columns[column];
                        Vector512<float> share = Vector512.Load(d + (column * Geometry.Lanes)) * Share(rows, columns);
                        for (int r = rows.Start; r < rows.End; r++)
                        {
                            for (int c = columns.Start; c < columns.End; c++)
                            {
                                float* at = gradient + (r * rowStride) + (c * Geometry.Lanes);
                                (Vector512.Load(at) + share).Store(at);
                            }
                        }
                    }
                }
            }
        }
    }

    private static float Share(PoolRange rows, PoolRange columns) => 1f / ((rows.End - rows.Start) * (columns.End - columns.Start));
}
