using Federated.Methods.DataPruning.Rules;
using FsCheck;
using FsCheck.Fluent;

namespace Federated.Methods.Tests.DataPruning;

/// <summary>What rules choose from in tests, and properties from a fixed seed: what passes once passes always.</summary>
internal static class Inputs
{
    public static PruningInput Of(double[] scores, int keep, int[]? labels = null, int round = 1, int epoch = 0, long epochOfRun = 0, int client = 0, int? count = null) =>
        new(labels ?? new int[count ?? scores.Length], scores, keep, Seed: 7, client, round, epoch, epochOfRun);

    public static void Check<T>(Gen<T> gen, Func<T, bool> property, int tests = 300) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithReplay(20240717, 533).WithMaxTest(tests), Prop.ForAll(gen.ToArbitrary(), property));

    /// <summary>Scores of 1 to 60 samples, many of them equal, and how many to keep.</summary>
    public static Gen<(double[] Scores, int[] Labels, int Keep)> Any() =>
        from count in Gen.Choose(1, 60)
        from scores in Gen.ArrayOf(Gen.Choose(-12, 12), count)
        from labels in Gen.ArrayOf(Gen.Choose(0, 3), count)
        from keep in Gen.Choose(1, count)
        select (scores.Select(static score => score / 4.0).ToArray(), labels, keep);

    public static bool IsChoice(int[] places, int count, int keep) =>
        places.Length == keep && places.All(place => place >= 0 && place < count) && places.Zip(places.Skip(1)).All(static pair => pair.First < pair.Second);
}
