using FsCheck;
using FsCheck.Fluent;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.Data.Partitioning;

public sealed class PartitionerTests
{
    [Fact]
    public void EveryPartition_IsDisjointAscendingFedAndTheSameEachTime()
    {
        Arbitrary<(int Samples, int Classes, int Clients, int Seed)> cases =
            (from samples in Gen.Choose(60, 400)
             from classes in Gen.Choose(2, 10)
             from clients in Gen.Choose(1, 12)
             from seed in Gen.Choose(0, 10_000)
             select (samples, classes, clients, seed)).ToArbitrary();
        Check.QuickThrowOnFailure(Prop.ForAll(cases, static sample =>
        {
            int[] labels = [.. Enumerable.Range(0, sample.Samples).Select(i => (i * 7) % sample.Classes)];
            int[] groups = [.. Enumerable.Range(0, sample.Samples).Select(static i => 3 + (i % 13))];
            IPartitioner[] complete =
            [
                new IidPartitioner(), new DirichletPartitioner(0.5, minimumSamples: 1), new DirichletPartitioner(0.5, balance: true, minimumSamples: 1), new ShardPartitioner(),
                new QuantityPartitioner(), new QuantityPartitioner(QuantitySkew.Square), new QuantityPartitioner(QuantitySkew.Exponential), new NaturalPartitioner(),
            ];
            return complete.All(partitioner =>
            {
                int[][] partition = partitioner.Partition(labels, groups, sample.Clients, (ulong)sample.Seed);
                int[][] again = partitioner.Partition(labels, groups, sample.Clients, (ulong)sample.Seed);
                return partition.Length == sample.Clients
                    && partition.SelectMany(static s => s).Order().SequenceEqual(Enumerable.Range(0, sample.Samples))
                    && partition.All(static s => s.Length > 0 && s.SequenceEqual(s.Order()))
                    && partition.Zip(again).All(static p => p.First.SequenceEqual(p.Second));
            });
        }));
    }

    [Fact]
    public void AnotherSeed_GivesAnotherPartition()
    {
        int[] labels = Labels(500, 10);
        foreach (IPartitioner partitioner in new IPartitioner[] { new IidPartitioner(), new DirichletPartitioner(), new ShardPartitioner(), new PathologicalPartitioner(), new QuantityPartitioner() })
            Assert.NotEqual(partitioner.Partition(labels, [], 5, 1), partitioner.Partition(labels, [], 5, 2));
    }

    [Fact]
    public void Iid_DealsEqualNumbers() =>
        Assert.Equal([4, 4, 3], new IidPartitioner().Partition(Labels(11, 2), [], 3, 1).Select(static s => s.Length));

    [Fact]
    public void Dirichlet_LargeAlpha_IsNearlyEven()
    {
        int[] labels = Labels(10_000, 10);
        foreach (int[] client in new DirichletPartitioner(1e5).Partition(labels, [], 10, 3))
            Assert.All(ClassHistogram.Of(labels, client, 10).Counts, static count => Assert.InRange(count, 95, 105));
    }

    [Fact]
    public void Dirichlet_SmallAlpha_GivesAClassToFewClients()
    {
        // With α = 0.01 nearly all of a class goes to one client; so the largest holder's share is near 1.
        int[] labels = Labels(10_000, 100);
        ClassHistogram[] clients = Histograms(labels, 100, new DirichletPartitioner(0.01, minimumSamples: 1).Partition(labels, [], 5, 3));
        double meanLargestShare = Enumerable.Range(0, 100).Average(c => clients.Max(h => h.Counts[c]) / 100.0);
        Assert.InRange(meanLargestShare, 0.9, 1);
    }

    [Fact]
    public void Dirichlet_AlphaSoSmallThatGammasUnderflow_GivesEachClassToOneClient()
    {
        int[] labels = Labels(1_000, 50);
        ClassHistogram[] clients = Histograms(labels, 50, new DirichletPartitioner(1e-4, minimumSamples: 1).Partition(labels, [], 3, 1));
        Assert.Equal(1_000, clients.Sum(static h => h.Total));
        Assert.Equal(50, clients.Sum(static h => h.ClassesPresent));
    }

    [Fact]
    public void Dirichlet_Balance_StopsAtTheEqualShare()
    {
        // A client is passed over once it has 1000/10 samples, so that it has less than that before its last class of 100.
        int[] labels = Labels(1_000, 10);
        for (ulong seed = 0; seed < 20; seed++)
        {
            int[][] partition = new DirichletPartitioner(0.1, balance: true, minimumSamples: 1).Partition(labels, [], 10, seed);
            Assert.All(partition, static s => Assert.InRange(s.Length, 1, 199));
        }
    }

    [Fact]
    public void Dirichlet_MinimumIsHeld()
    {
        int[] labels = Labels(1_000, 10);
        for (ulong seed = 0; seed < 10; seed++)
            Assert.All(new DirichletPartitioner(0.3, minimumSamples: 40).Partition(labels, [], 10, seed), static s => Assert.True(s.Length >= 40));
    }

    [Fact]
    public void Dirichlet_ImpossibleMinimum_NamesTheNearest()
    {
        PartitionException error = Assert.Throws<PartitionException>(static () => new DirichletPartitioner(0.5, minimumSamples: 11).Partition(Labels(100, 2), [], 10, 1));
        Assert.Contains("at most 10 or at most 9 clients", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dirichlet_MinimumThatNoDrawMeets_NamesTheBest()
    {
        PartitionException error = Assert.Throws<PartitionException>(static () => new DirichletPartitioner(0.01, minimumSamples: 10).Partition(Labels(100, 2), [], 10, 1));
        Assert.Contains("larger alpha", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(7, 3)]
    [InlineData(5, 10)]
    [InlineData(1, 1)]
    public void Pathological_EachClientSeesExactlyKClasses_NoSampleTwice(int clients, int classesPerClient)
    {
        int[] labels = Labels(1_000, 10);
        int[][] partition = new PathologicalPartitioner(classesPerClient).Partition(labels, [], clients, 4);
        Assert.All(Histograms(labels, 10, partition), h => Assert.Equal(classesPerClient, h.ClassesPresent));
        int[] all = [.. partition.SelectMany(static s => s)];
        Assert.Equal(all.Length, all.Distinct().Count());
        // Every class that is used is used wholly; with at least as many cards as classes, all are.
        Assert.Equal(Math.Min(10, clients * classesPerClient) * 100, all.Length);
    }

    [Fact]
    public void Pathological_ClassesAreUsedAboutEquallyOften()
    {
        int[] labels = Labels(10_000, 10);
        ClassHistogram[] clients = Histograms(labels, 10, new PathologicalPartitioner(3).Partition(labels, [], 100, 4));
        for (int c = 0; c < 10; c++)
            Assert.InRange(clients.Count(h => h.Counts[c] > 0), 28, 32);
    }

    [Fact]
    public void Pathological_MoreClassesThanThereAre_NamesTheNearest()
    {
        PartitionException error = Assert.Throws<PartitionException>(static () => new PathologicalPartitioner(11).Partition(Labels(100, 10), [], 5, 1));
        Assert.Contains("at most 10 classes", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pathological_ClassWithFewerSamplesThanHolders_IsRefused() =>
        Assert.Throws<PartitionException>(static () => new PathologicalPartitioner(2).Partition([0, 1, 1, 1, 1, 1, 1, 1], [], 3, 1));

    [Fact]
    public void Shards_OfEqualSize_GiveFewClasses()
    {
        int[] labels = Labels(1_000, 10);
        int[][] partition = new ShardPartitioner(2).Partition(labels, [], 50, 5);
        Assert.All(partition, static s => Assert.Equal(20, s.Length));
        Assert.All(Histograms(labels, 10, partition), static h => Assert.InRange(h.ClassesPresent, 1, 2));
    }

    [Fact]
    public void Shards_MoreThanSamples_NamesTheNearest()
    {
        PartitionException error = Assert.Throws<PartitionException>(static () => new ShardPartitioner(4).Partition(Labels(10, 2), [], 3, 1));
        Assert.Contains("at most 3 shards", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Quantity_SizesByHand()
    {
        Assert.Equal([10, 20, 30, 40], Sizes(QuantitySkew.Linear, 100, 4));
        Assert.Equal([10, 40, 90, 160], Sizes(QuantitySkew.Square, 300, 4));
        // e¹…e⁴ are 3.21 %, 8.71 %, 23.69 %, 64.39 %.
        Assert.Equal([32, 87, 237, 644], Sizes(QuantitySkew.Exponential, 1_000, 4));
        int[] many = Sizes(QuantitySkew.Exponential, 5_000, 2_000);
        Assert.Equal(5_000, many.Sum());
        Assert.Equal(1, many[0]);
    }

    [Fact]
    public void Natural_AsManyClientsAsGroups_IsTheGroups()
    {
        int[][] partition = new NaturalPartitioner().Partition([0, 0, 0, 0, 0], [9, 4, 9, 7, 4], 3, 1);
        Assert.Equal([[1, 4], [3], [0, 2]], partition);
    }

    [Fact]
    public void Natural_FewerClients_NeverDivideAGroup()
    {
        int[] groups = [.. Enumerable.Range(0, 300).Select(static i => i % 20)];
        int[][] partition = new NaturalPartitioner().Partition(new int[300], groups, 6, 1);
        Assert.All(partition, s => Assert.InRange(s.Select(i => groups[i]).Distinct().Count(), 3, 4));
        Assert.Equal(20, partition.Sum(s => s.Select(i => groups[i]).Distinct().Count()));
    }

    [Fact]
    public void Natural_WithoutGroupsOrTooFew_SaysWhatToUse()
    {
        Assert.Contains("dirichlet", Assert.Throws<PartitionException>(static () => new NaturalPartitioner().Partition([0, 1], [], 2, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("at most 2 clients", Assert.Throws<PartitionException>(static () => new NaturalPartitioner().Partition([0, 1, 0], [5, 5, 6], 3, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreClientsThanSamples_NamesTheNearest()
    {
        foreach (string kind in new[] { "iid", "dirichlet", "pathological", "shards", "quantity", "natural" })
        {
            PartitionException error = Assert.Throws<PartitionException>(() => Partitioners.Create(new PartitionSpec { Kind = kind }).Partition(Labels(5, 2), [], 6, 1));
            Assert.Contains("at most 5 clients", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Create_NamesAgree_AndUnknownNamesAreRefused()
    {
        foreach (string kind in new[] { "iid", "dirichlet", "pathological", "shards", "quantity", "natural" })
            Assert.Equal(kind, Partitioners.Create(new PartitionSpec { Kind = kind }).Name);
        Assert.Throws<PartitionException>(static () => Partitioners.Create(new PartitionSpec { Kind = "even" }));
        Assert.Throws<PartitionException>(static () => Partitioners.Create(new PartitionSpec { Kind = "quantity", Skew = "cubic" }));
    }

    [Fact]
    public void NegativeLabel_IsRefused() => Assert.Throws<ArgumentException>(static () => new DirichletPartitioner(minimumSamples: 1).Partition([0, -1], [], 1, 1));

    private static int[] Labels(int samples, int classes) => [.. Enumerable.Range(0, samples).Select(i => i % classes)];

    private static int[] Sizes(QuantitySkew skew, int samples, int clients) =>
        [.. new QuantityPartitioner(skew).Partition(new int[samples], [], clients, 1).Select(static s => s.Length)];

    private static ClassHistogram[] Histograms(int[] labels, int classes, int[][] partition) => [.. partition.Select(s => ClassHistogram.Of(labels, s, classes))];
}
