namespace Federated.Engine.Tests.Reference;

/// <summary>Layers that put tokens together, as in timm: class token, prompts, patches in raster order.</summary>
internal static class ReferenceTokens
{
    public static ReferenceTensor Embed(ReferenceTensor x, double[] classToken, double[] positions, double[] prompts)
    {
        int d = x.Shape.Channels;
        int count = prompts.Length / d;
        var y = new ReferenceTensor(new ReferenceShape(x.Shape.Batch, d, 1, 1 + count + (x.Shape.Height * x.Shape.Width)));
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int c = 0; c < d; c++)
            {
                y[image, c, 0, 0] = classToken[c] + positions[c];
                for (int p = 0; p < count; p++)
                    y[image, c, 0, 1 + p] = prompts[(p * d) + c];
                for (int patch = 0; patch < x.Shape.Height * x.Shape.Width; patch++)
                    y[image, c, 0, 1 + count + patch] = x[image, c, patch / x.Shape.Width, patch % x.Shape.Width] + positions[((1 + patch) * d) + c];
            }
        }

        return y;
    }

    /// <summary>The gradients of the patches and of each token's vector summed over the images, token after token.</summary>
    public static (ReferenceTensor Patches, double[] Tokens) EmbedBackward(ReferenceShape patches, ReferenceTensor dy)
    {
        var dx = new ReferenceTensor(patches);
        int first = dy.Shape.Width - (patches.Height * patches.Width);
        for (int image = 0; image < patches.Batch; image++)
        {
            for (int c = 0; c < patches.Channels; c++)
            {
                for (int patch = 0; patch < patches.Height * patches.Width; patch++)
                    dx[image, c, patch / patches.Width, patch % patches.Width] = dy[image, c, 0, first + patch];
            }
        }

        return (dx, SumOverImages(dy));
    }

    public static ReferenceTensor Replace(ReferenceTensor x, double[] prompts)
    {
        var y = new ReferenceTensor(x.Shape, [.. x.Values]);
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int i = 0; i < prompts.Length; i++)
                y[image, i % x.Shape.Channels, 0, 1 + (i / x.Shape.Channels)] = prompts[i];
        }

        return y;
    }

    public static (ReferenceTensor Input, double[] Prompts) ReplaceBackward(ReferenceTensor dy, int prompts)
    {
        int d = dy.Shape.Channels;
        return (Replace(dy, new double[prompts * d]), SumOverImages(dy)[d..((1 + prompts) * d)]);
    }

    public static ReferenceTensor Select(ReferenceTensor x, int token)
    {
        var y = new ReferenceTensor(new ReferenceShape(x.Shape.Batch, x.Shape.Channels));
        for (int i = 0; i < y.Values.Length; i++)
            y.Values[i] = x.Values[(i * x.Shape.Width) + token];
        return y;
    }

    public static ReferenceTensor SelectBackward(ReferenceShape x, ReferenceTensor dy, int token)
    {
        var dx = new ReferenceTensor(x);
        for (int i = 0; i < dy.Values.Length; i++)
            dx.Values[(i * x.Width) + token] = dy.Values[i];
        return dx;
    }

    private static double[] SumOverImages(ReferenceTensor dy)
    {
        double[] sums = new double[dy.Shape.Channels * dy.Shape.Width];
        for (int image = 0; image < dy.Shape.Batch; image++)
        {
            for (int i = 0; i < sums.Length; i++)
                sums[i] += dy[image, i % dy.Shape.Channels, 0, i / dy.Shape.Channels];
        }

        return sums;
    }
}
