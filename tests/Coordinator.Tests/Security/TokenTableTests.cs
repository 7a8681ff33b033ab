using Federated.Coordinator.Security;
using Federated.Coordinator.Tests.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Security;

public sealed class TokenTableTests : IDisposable
{
    private const string First = "first-token-of-the-fleet";
    private const string Second = "second-token-of-the-fleet";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Tokens_name_who_has_them()
    {
        TokenTable table = TokenTable.Load(Write($"# who may call\n\nnode node-1 {First}\n  user\tme   {Second}\r\n"));

        Assert.Equal(new Identity(Role.Node, "node-1"), table.Find(First));
        Assert.Equal(new Identity(Role.User, "me"), table.Find(Second));
        foreach (string other in new[] { "", First[..^1], First + "x", First.ToUpperInvariant(), "node-1" })
            Assert.Null(table.Find(other));
        Assert.Equal("2 tokens", table.ToString());
    }

    [Theory]
    [InlineData("", "holds no line")]
    [InlineData("# nothing\n", "holds no line")]
    [InlineData($"user me {Second}\nnode node-1\n", "line 2 has not three words")]
    [InlineData($"node node-1 {First} more\n", "line 1 has not three words")]
    [InlineData($"admin node-1 {First}\n", "line 1 does not begin with a role")]
    [InlineData($"node Node_1 {First}\n", "line 1 has a name that none can have")]
    [InlineData("node node-1 first-token\n", "line 1 has a token that is not 16 to 512")]
    [InlineData("node node-1 first-token-of-the-flöet\n", "line 1 has a token that has other characters")]
    [InlineData($"node node-1 {First}\nnode node-2 {First}\n", "line 2 has the token of another line")]
    public void A_wrong_line_is_named_and_no_token_is_quoted(string text, string message)
    {
        string path = Write(text);

        AccessException failure = Assert.Throws<AccessException>(() => TokenTable.Load(path));

        Assert.Equal(AccessError.BadLine, failure.Error);
        Assert.StartsWith($"{path}: {message}", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("first-token", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_others_can_read_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        string path = Write($"node node-1 {First}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(AccessError.TooOpen, Assert.Throws<AccessException>(() => TokenTable.Load(path)).Error);
        Assert.Equal(AccessError.TooOpen, Assert.Throws<AccessException>(() => TokenTable.LoadOwn(path)).Error);
    }

    [Fact]
    public void A_callers_file_holds_one_token()
    {
        Assert.Equal(First, TokenTable.LoadOwn(Write(First + "\n")));
        Assert.Equal(AccessError.BadLine, Assert.Throws<AccessException>(() => TokenTable.LoadOwn(Write($"{First}\n{Second}\n"))).Error);
        Assert.Equal(AccessError.BadLine, Assert.Throws<AccessException>(() => TokenTable.LoadOwn(Write(""))).Error);
        Assert.Equal(AccessError.Missing, Assert.Throws<AccessException>(() => TokenTable.LoadOwn(folder["absent"])).Error);
    }

    private string Write(string text)
    {
        string path = folder["tokens"];
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }
}
