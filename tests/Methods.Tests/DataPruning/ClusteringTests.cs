using Federated.Engine.Randomness;
using Federated.Methods.DataPruning.Clustering;
using Xunit;

namespace Federated.Methods.Tests.DataPruning;

public sealed class ClusteringTests
{
    [Fact]
    public void Numbers_fall_into_the_groups_that_they_form()
    {
        Assert.Equal([2, 0, 1, 0, 2, 1, 0], ScalarClusters.Of([9, 0.1, 5, 0.2, 9.5, 5.5, 0], groups: 3));
        Assert.Equal([0, 1, 1], ScalarClusters.Of([1, 7, 7], groups: 5)); // two different numbers
        Assert.Equal([0, 0, 0], ScalarClusters.Of([4, 4, 4], groups: 3));
    }

    [Fact]
    public void Groups_have_no_gaps_and_ascend_with_the_numbers() =>
        Inputs.Check(
            Inputs.Any(),
            input =>
            {
                int[] groups = ScalarClusters.Of(input.Scores, 5);
                bool ascend = Enumerable.Range(0, groups.Length).All(i => Enumerable.Range(0, groups.Length).All(j => input.Scores[i] > input.Scores[j] || groups[i] <= groups[j]));
                return ascend && groups.Distinct().Order().SequenceEqual(Enumerable.Range(0, groups.Max() + 1));
            });

    [Fact]
    public void Distances_are_to_the_mean_of_the_cluster()
    {
        // Two clusters far apart: centroids (0, 1) and (100, 0.5).
        float[] points = [0, 0, 0, 2, 100, 0, 100, 1, 0, 1];
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.DataPruning));
            double[] distances = NearestCentroid.Distances(points, 2, clusters: 2, ref random);
            Assert.Equal([1, 1, 0.5, 0.5, 0], distances);
        }
    }

    [Fact]
    public void More_clusters_than_different_points_leave_every_point_at_its_centroid()
    {
        var random = new KeyedRandom(new RandomKey(1, RandomPurpose.DataPruning));
        Assert.Equal([0, 0, 0, 0], NearestCentroid.Distances([1, 2, 1, 3], 1, clusters: 9, ref random));
    }
}
