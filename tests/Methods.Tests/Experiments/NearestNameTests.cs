using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("dirihclet", "dirichlet", 1)]
    public void Distance_counts_edits_and_swaps(string a, string b, int distance) => Assert.Equal((distance, distance), (NearestName.Distance(a, b), NearestName.Distance(b, a)));

    [Theory]
    [InlineData("epoch", "epochs")]
    [InlineData("batch_size", "batchSize")]
    [InlineData("BATCH-SIZE", "batchSize")]
    [InlineData("density", null)]
    [InlineData("", null)]
    public void Of_FindsOnlyWhatIsNear(string typed, string? expected) => Assert.Equal(expected, NearestName.Of(typed, ["epochs", "batchSize", "optimizer"]));

    [Fact]
    public void Of_HugeText_IsRefusedWithoutWork() => Assert.Null(NearestName.Of(new string('a', 10_000_000), ["a"]));
}
