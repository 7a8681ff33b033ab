using Federated.Engine.Numerics;

namespace Federated.Engine.Tests.Reference;

/// <summary>Multi-head attention on tokens [3·d, 1, T]: queries, keys and values one after the other, in each the heads one after the other.</summary>
internal sealed record ReferenceAttention(int Heads)
{
    public ReferenceTensor Forward(ReferenceTensor x)
    {
        var y = new ReferenceTensor(new ReferenceShape(x.Shape.Batch, x.Shape.Channels / 3, 1, x.Shape.Width));
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int head = 0; head < Heads; head++)
            {
                var part = new Part(x, image, head, Heads);
                for (int query = 0; query < part.Tokens; query++)
                {
                    double[] probabilities = part.Probabilities(query);
                    for (int feature = 0; feature < part.Features; feature++)
                        y[image, (head * part.Features) + feature, 0, query] = probabilities.Select((p, key) => p * part[2, feature, key]).Sum();
                }
            }
        }

        return y;
    }

    public ReferenceTensor Backward(ReferenceTensor x, ReferenceTensor dy)
    {
        var dx = new ReferenceTensor(x.Shape);
        for (int image = 0; image < x.Shape.Batch; image++)
        {
            for (int head = 0; head < Heads; head++)
                Backward(new Part(x, image, head, Heads), new Part(dx, image, head, Heads), (feature, query) => dy[image, (head * (x.Shape.Channels / 3 / Heads)) + feature, 0, query]);
        }

        return dx;
    }

    private static void Backward(Part part, Part gradient, Func<int, int, double> dy)
    {
        double scale = 1 / Math.Sqrt(part.Features);
        for (int query = 0; query < part.Tokens; query++)
        {
            double[] probabilities = part.Probabilities(query);
            double[] outer = [.. Enumerable.Range(0, part.Tokens).Select(key => Enumerable.Range(0, part.Features).Sum(feature => dy(feature, query) * part[2, feature, key]))];
            double mean = probabilities.Zip(outer, static (p, g) => p * g).Sum();
            for (int key = 0; key < part.Tokens; key++)
            {
                double score = probabilities[key] * (outer[key] - mean) * scale;
                for (int feature = 0; feature < part.Features; feature++)
                {
                    gradient[2, feature, key] += probabilities[key] * dy(feature, query);
                    gradient[0, feature, query] += score * part[1, feature, key];
                    gradient[1, feature, key] += score * part[0, feature, query];
                }
            }
        }
    }

    // One head of one image; part 0 queries, 1 keys, 2 values.
    private readonly struct Part(ReferenceTensor x, int image, int head, int heads)
    {
        public int Features { get; } = x.Shape.Channels / 3 / heads;

        public int Tokens => x.Shape.Width;

        public ref double this[int part, int feature, int token] => ref x[image, (((part * heads) + head) * Features) + feature, 0, token];

        public double[] Probabilities(int query)
        {
            Part own = this;
            double scale = 1 / Math.Sqrt(Features);
            double[] scores = [.. Enumerable.Range(0, Tokens).Select(key => scale * Enumerable.Range(0, own.Features).Sum(feature => own[0, feature, query] * own[1, feature, key]))];
            double most = scores.Max();
            double[] exponentials = [.. scores.Select(score => DeterministicMath.Exp(score - most))];
            double sum = exponentials.Sum();
            return [.. exponentials.Select(e => e / sum)];
        }
    }
}
