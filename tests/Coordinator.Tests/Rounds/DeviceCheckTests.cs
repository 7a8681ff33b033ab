using Federated.Coordinator.Rounds;
using Federated.Methods.Devices;
using Federated.Methods.Experiments;
using Federated.Methods.Federation;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

public sealed class DeviceCheckTests
{
    private static ClientDescription Client(int id, long memory) => new(id, 10, 1, DeviceCatalog.Default with { MemoryBytes = memory });

    [Fact]
    public void Clients_with_enough_memory_pass() => DeviceCheck.RequireMemory([Client(0, 100), Client(1, 101)], "fedtiny", 100);

    [Fact]
    public void A_client_with_too_little_is_refused_by_name_with_the_numbers()
    {
        string message = Assert.Throws<ExperimentException>(() => DeviceCheck.RequireMemory([Client(0, 5_000), Client(1, 4_999)], "fedtiny", 5_000)).Message;
        Assert.Contains("client 1", message, StringComparison.Ordinal);
        Assert.Contains("4,999", message, StringComparison.Ordinal);
        Assert.Contains("5,000", message, StringComparison.Ordinal);
        Assert.DoesNotContain("client 0", message, StringComparison.Ordinal);
    }
}
