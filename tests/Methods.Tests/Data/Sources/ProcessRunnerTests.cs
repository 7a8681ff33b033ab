using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class ProcessRunnerTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task AProgramThatDoesNotExist_IsNull() =>
        Assert.Null(await new ProcessRunner(TimeProvider.System).RunAsync("no-such-program-here", [], Path.GetTempPath(), Long, CancellationToken.None));

    [Fact]
    public async Task ExitCodeAndOutput_AreReturned()
    {
        ProcessResult? result = await new ProcessRunner(TimeProvider.System).RunAsync("dotnet", ["no-such-command-here"], Path.GetTempPath(), Long, CancellationToken.None);
        Assert.NotEqual(0, result!.ExitCode);
        Assert.Contains("no-such-command-here", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramPastItsLimit_IsEnded()
    {
        if (OperatingSystem.IsWindows())
            return; // there is no program there that waits without a console
        ProcessRunner impatient = new(new ImpatientTime(Long));
        await Assert.ThrowsAsync<TimeoutException>(() => impatient.RunAsync("sleep", ["300"], Path.GetTempPath(), Long, CancellationToken.None));
    }
}
