using Federated.Coordinator.CommandLine;
using Federated.Coordinator.Runs;
using Federated.Engine.Networks;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Xunit;

namespace Federated.Coordinator.Tests.CommandLine;

public sealed class FailureReportTests
{
    public static TheoryData<Exception, int> Failures => new()
    {
        { new ExperimentFileException(new("e.yaml", 1, 2), "rounds", "wrong"), 2 },
        { new ExperimentFileException(new("e.yaml", 0, 0), "", "there is no such file", null, new FileNotFoundException()), 2 },
        { new InvalidModelException("conv", "too small"), 2 },
        { new ExperimentException("a device is too small"), 2 },
        { new ClientAnswerException("training diverged"), 1 },
        { new DataException("nowhere"), 2 },
        { new DirectoryNotFoundException("gone"), 2 },
        { new RunFolderException("runs/x", "holds another experiment"), 2 },
        { new RunFolderException("runs/x", "cannot be written", new IOException("full")), 2 },
        { new IOException("No space left on device"), 2 },
        { new UnauthorizedAccessException("denied"), 2 },
        { new OperationCanceledException(), 130 },
        { new AggregateException(new DataException("nowhere")), 2 },
        { new OutOfMemoryException(), 1 },
        { new InvalidOperationException("bug"), 1 },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Every_failure_has_its_exit_code_and_no_stack_trace(Exception failure, int exitCode)
    {
        StringWriter error = new();

        Assert.Equal(exitCode, FailureReport.Write(failure, error, debug: false));
        Assert.StartsWith("federated: ", error.ToString(), StringComparison.Ordinal);
        Assert.Single(error.ToString().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Debugging_adds_the_stack_trace()
    {
        StringWriter error = new();

        FailureReport.Write(new InvalidOperationException("bug"), error, debug: true);

        Assert.Contains("System.InvalidOperationException: bug", error.ToString(), StringComparison.Ordinal);
    }
}
