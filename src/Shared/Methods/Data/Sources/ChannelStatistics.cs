using System.Collections.Immutable;

namespace Federated.Methods.Data;

/// <summary>Mean and standard deviation of x/255 per channel. Counted in integers, so that the result is exact before its one rounding.</summary>
internal static class ChannelStatistics
{
    /// <summary>Over all images of the set; the deviation of a channel that never varies is 1, so that normalising divides by it safely.</summary>
    public static (ImmutableArray<float> Mean, ImmutableArray<float> Deviation) Of(ImageSet images)
    {
        float[] mean = new float[images.Channels];
        float[] deviation = new float[images.Channels];
        int plane = images.Height * images.Width;
        for (int channel = 0; channel < images.Channels; channel++)
        {
            long[] histogram = new long[256];
            for (int sample = 0; sample < images.Count; sample++)
            {
                foreach (byte value in images.Pixels(sample).Slice(channel * plane, plane))
                    histogram[value]++;
            }

            // 2³¹ bytes of at most 255² stay below 2⁴⁷: the sums are exact.
            long sum = 0;
            long squares = 0;
            for (int value = 0; value < 256; value++)
            {
                sum += value * histogram[value];
                squares += (long)value * value * histogram[value];
            }

            double count = Math.Max(1.0, (double)images.Count * plane);
            double average = sum / count;
            double variance = (squares / count) - (average * average);
            mean[channel] = (float)(average / 255);
            deviation[channel] = variance > 0 ? (float)(Math.Sqrt(variance) / 255) : 1;
        }

        return ([.. mean], [.. deviation]);
    }
}
