using Federated.TestKit;
using Xunit;

namespace Federated.Protocol.Tests.Contracts;

/// <summary>The contract does not change by accident, and not under those who speak it already.</summary>
public sealed class ContractTests
{
    private const string Golden = "tests/Protocol.Tests/golden/contract.txt";

    [Fact]
    public void The_contract_is_the_committed_one_and_changes_only_with_its_version()
    {
        string now = ContractText.Render(ProtocolVersion.Current, ContractText.Files);
        string path = Path.Combine(GoldenFile.RepositoryRoot, Golden);
        string committed = File.Exists(path) ? File.ReadAllText(path) : "";

        // Before the comparison, so that rewriting the golden file does not get past it.
        IReadOnlyList<string> broken = ContractText.Broken(committed, now);
        Assert.True(broken.Count == 0, $"changed or removed while the protocol's version is still {ProtocolVersion.Current}; add instead, or raise ProtocolVersion.Current:\n{string.Join('\n', broken)}");
        GoldenFile.AssertMatches(Golden, now);
    }

    [Fact]
    public void Every_file_of_the_contract_is_in_it()
    {
        IEnumerable<string> files = Directory.EnumerateFiles(Path.Combine(GoldenFile.RepositoryRoot, "protos", "federated"), "*.proto", SearchOption.AllDirectories).Select(path => Path.GetFileName(path));

        Assert.Equal(files.Order(StringComparer.Ordinal), ContractText.Files.Select(file => Path.GetFileName(file.Name)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("  field federated.v1.Chunk 3 fixed32 crc32c", "  field federated.v1.Chunk 3 uint32 crc32c")]
    [InlineData("  field federated.v1.Chunk 3 fixed32 crc32c", "  field federated.v1.Chunk 5 fixed32 crc32c")]
    [InlineData("  field federated.v1.Chunk 3 fixed32 crc32c", "  field federated.v1.Chunk 3 repeated fixed32 crc32c")]
    [InlineData("  field federated.v1.Chunk 3 fixed32 crc32c\n", "")]
    [InlineData("  value federated.v1.RunStatus 2 RUN_STATUS_RUNNING", "  value federated.v1.RunStatus 7 RUN_STATUS_RUNNING")]
    [InlineData("(stream federated.v1.UploadPart)", "(federated.v1.UploadPart)")]
    [InlineData("service federated.v1.Runs\n", "")]
    public void What_is_changed_or_removed_needs_another_version(string before, string after)
    {
        string contract = ContractText.Render(1, ContractText.Files);
        string changed = contract.Replace(before, after, StringComparison.Ordinal);
        Assert.NotEqual(contract, changed);

        Assert.Single(ContractText.Broken(contract, changed));
        Assert.Empty(ContractText.Broken(contract, changed.Replace("protocol 1\n", "protocol 2\n", StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_added_needs_none()
    {
        string contract = ContractText.Render(1, ContractText.Files);

        Assert.Empty(ContractText.Broken(contract, contract + "message federated.v1.New\n  field federated.v1.New 1 uint32 number\n"));
    }
}
