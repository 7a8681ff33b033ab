using Federated.Engine.Randomness;

namespace Federated.Methods.DataPruning.Clustering;

/// <summary>
/// Distance of points to the nearest of some k-means centroids: Lloyd's algorithm from the start of k-means++ (Arthur and Vassilvitskii 2007). In float64, one operation after the other: the same bits on
/// every machine.
/// </summary>
internal static class NearestCentroid
{
    private const int MostPasses = 20;

    /// <summary>Euclidean distance of each point to the nearest centroid.</summary>
    /// <param name="points">The points one after the other, finite.</param>
    /// <param name="dimensions">Numbers of one point, positive.</param>
    /// <param name="clusters">Centroids to make, positive; fewer where fewer points differ.</param>
    /// <param name="random">Draws the start.</param>
    public static double[] Distances(ReadOnlySpan<float> points, int dimensions, int clusters, ref KeyedRandom random)
    {
        int count = points.Length / dimensions;
        List<double[]> centroids = Start(points, dimensions, clusters, ref random);
        double[] squares = new double[count];
        int[] nearest = new int[count];
        Array.Fill(nearest, -1);
        for (int pass = 0; pass <= MostPasses && Assign(points, dimensions, centroids, nearest, squares); pass++)
        {
            if (pass < MostPasses)
                Move(points, dimensions, centroids, nearest);
        }

        return [.. squares.Select(Math.Sqrt)];
    }

    private static List<double[]> Start(ReadOnlySpan<float> points, int dimensions, int clusters, ref KeyedRandom random)
    {
        int count = points.Length / dimensions;
        var centroids = new List<double[]> { PointOf(points, dimensions, random.Next(count)) };
        double[] squares = new double[count];
        Array.Fill(squares, double.PositiveInfinity);
        while (centroids.Count < clusters)
        {
            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                squares[i] = Math.Min(squares[i], SquareTo(points.Slice(i * dimensions, dimensions), centroids[^1]));
                sum += squares[i];
            }

            if (!(sum > 0))
                break; // every point is a centroid
            centroids.Add(PointOf(points, dimensions, Draw(squares, random.NextDouble() * sum)));
        }

        return centroids;
    }

    // The last point of positive weight where rounding leaves the mark above all partial sums.
    private static int Draw(double[] weights, double mark)
    {
        double sum = 0;
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] == 0)
                continue;
            last = i;
            sum += weights[i];
            if (sum > mark)
                break;
        }

        return last;
    }

    /// <summary>Finds the nearest centroid of each point, the first of equally near ones. False when no point changed sides.</summary>
    private static bool Assign(ReadOnlySpan<float> points, int dimensions, List<double[]> centroids, int[] nearest, double[] squares)
    {
        bool changed = false;
        for (int i = 0; i < nearest.Length; i++)
        {
            int best = 0;
            double least = double.PositiveInfinity;
            for (int c = 0; c < centroids.Count; c++)
            {
                double square = SquareTo(points.Slice(i * dimensions, dimensions), centroids[c]);
                if (square < least)
                {
                    least = square;
                    best = c;
                }
            }

            squares[i] = least;
            changed |= nearest[i] != best;
            nearest[i] = best;
        }

        return changed;
    }

    private static void Move(ReadOnlySpan<float> points, int dimensions, List<double[]> centroids, int[] nearest)
    {
        for (int c = 0; c < centroids.Count; c++)
        {
            double[] sum = new double[dimensions];
            int members = 0;
            for (int i = 0; i < nearest.Length; i++)
            {
                if (nearest[i] != c)
                    continue;
                members++;
                for (int d = 0; d < dimensions; d++)
                    sum[d] += points[(i * dimensions) + d];
            }

            if (members > 0)
                centroids[c] = [.. sum.Select(total => total / members)];
        }
    }

    private static double SquareTo(ReadOnlySpan<float> point, double[] centroid)
    {
        double sum = 0;
        for (int d = 0; d < point.Length; d++)
        {
            double difference = point[d] - centroid[d];
            sum += difference * difference;
        }

        return sum;
    }

    private static double[] PointOf(ReadOnlySpan<float> points, int dimensions, int number)
    {
        double[] point = new double[dimensions];
        for (int d = 0; d < dimensions; d++)
            point[d] = points[(number * dimensions) + d];
        return point;
    }
}
