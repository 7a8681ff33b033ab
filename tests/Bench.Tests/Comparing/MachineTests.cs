using Federated.Bench.Comparing;
using Xunit;

namespace Federated.Bench.Tests.Comparing;

public sealed class MachineTests
{
    [Fact]
    public void NamesTheProcessorOnce()
        => Assert.Equal(
            "AMD EPYC (family 26, model 2)",
            Machine.Processor(["processor\t: 0", "cpu family\t: 26", "model\t\t: 2", "model name\t: AMD EPYC", "", "processor\t: 1", "model name\t: other"]));

    [Fact]
    public void NamesAtLeastTheArchitecture() => Assert.NotEmpty(Machine.Processor([]));
}
