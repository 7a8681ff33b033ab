using Federated.Bench.Comparing;
using Federated.TestKit;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class ComparisonCatalogTests
{
    public static TheoryData<string> Names => [.. ComparisonCatalog.All.Select(static comparison => comparison.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void RowsNameSubjectsThatRun(string name)
    {
        Comparison comparison = ComparisonCatalog.All.Single(comparison => comparison.Name == name);
        string[] subjects = [.. comparison.Subjects.Select(static subject => subject.Name)];
        Assert.Equal(subjects.Distinct(StringComparer.Ordinal), subjects);
        foreach (Row row in comparison.Rows)
        {
            IEnumerable<string> named = row.Quantity switch
            {
                SpeedUp speed => [speed.Subject, .. speed.References],
                SlowDown slow => [slow.Subject, slow.Reference],
                Reading reading => [reading.Subject, .. reading.References],
                _ => throw new InvalidOperationException($"unknown quantity {row.Quantity}"),
            };
            Assert.All(named, subject => Assert.Contains(subject, subjects));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheDocumentHasItsSection(string name)
    {
        string document = File.ReadAllText(Path.Combine(GoldenFile.RepositoryRoot, "docs", "performance.md"));
        Assert.Contains("text", MarkedDocument.Replace(document, name, "text"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PeersAreScriptsThatExist(string name)
    {
        foreach (Subject subject in ComparisonCatalog.All.Single(comparison => comparison.Name == name).Subjects.Where(static subject => subject.IsPeer))
            Assert.True(File.Exists(Path.Combine(GoldenFile.RepositoryRoot, "bench", "peers", subject.Arguments[0])), subject.Arguments[0]);
    }
}
