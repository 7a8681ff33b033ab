using System.Runtime.Intrinsics;
using Federated.Engine.Tensors;

namespace Federated.Engine.Kernels;

// Sum of each channel over images and pixels: the gradient of a bias. Reads each value once, so it runs at memory's bandwidth.
//
// Order of each sum, whatever the width: each of the sixteen lanes sums its pixels block by block in raster order; then the tree of ILanes.Fold.
internal static unsafe class ChannelSums
{
    /// <summary>Writes the sum of every channel of <paramref name="tensor"/> over <paramref name="blocks"/> blocks to <paramref name="sums"/>.</summary>
    public static void Run<TVector, TLanes>(float* tensor, Geometry geometry, int blocks, float* sums)
        where TVector : struct
        where TLanes : ILanes<TVector>
    {
        float* parts = stackalloc float[4];
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            float* first = tensor + ((long)channel * geometry.PlaneStride) + geometry.Interior;
            for (int part = 0; part < Geometry.Lanes; part += TLanes.Width)
            {
                TVector sum = TLanes.Zero;
                for (int block = 0; block < blocks; block++)
                {
                    for (int row = 0; row < geometry.Height; row++)
                    {
                        float* pixel = first + (block * geometry.BlockStride) + (row * geometry.RowStride) + part;
                        float* end = pixel + (geometry.Width * Geometry.Lanes);
                        for (; pixel < end; pixel += Geometry.Lanes)
                            sum = TLanes.Add(sum, TLanes.Load(pixel));
                    }
                }

                parts[part / TLanes.Width] = TLanes.Fold(sum, sum, sum, sum).ToScalar();
            }

            sums[channel] = TLanes.Width switch
            {
                16 => parts[0],
                8 => parts[0] + parts[1],
                _ => (parts[0] + parts[1]) + (parts[2] + parts[3]),
            };
        }
    }
}
