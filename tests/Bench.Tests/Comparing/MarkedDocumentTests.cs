using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class MarkedDocumentTests
{
    private const string Document = "# Title\n<!-- measured a -->\nold\nlines\n<!-- end a -->\nbetween\n<!-- measured b -->\n<!-- end b -->\nafter\n";

    [Fact]
    public void ReplacesOneSectionAndNothingElse()
    {
        Assert.Equal(
            "# Title\n<!-- measured a -->\nnew\n<!-- end a -->\nbetween\n<!-- measured b -->\n<!-- end b -->\nafter\n",
            MarkedDocument.Replace(Document, "a", "new\n"));
        Assert.Equal(
            "# Title\n<!-- measured a -->\nold\nlines\n<!-- end a -->\nbetween\n<!-- measured b -->\n1\n2\n<!-- end b -->\nafter\n",
            MarkedDocument.Replace(Document, "b", "1\n2"));
    }

    [Fact]
    public void ReplacingTwiceIsReplacingOnce()
    {
        string once = MarkedDocument.Replace(Document, "a", "new");
        Assert.Equal(once, MarkedDocument.Replace(once, "a", "new"));
    }

    [Theory]
    [InlineData("c")]
    [InlineData("")]
    public void NamesASectionThatIsNotThere(string section)
    {
        ComparisonException problem = Assert.Throws<ComparisonException>(() => MarkedDocument.Replace(Document, section, "new"));
        Assert.Contains($"<!-- measured {section} -->", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RefusesASectionWithoutEnd()
        => Assert.Throws<ComparisonException>(() => MarkedDocument.Replace("<!-- end a -->\n<!-- measured a -->\n", "a", "new"));
}
