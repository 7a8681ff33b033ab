using Federated.Methods.Devices;
using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Methods.Tests.Devices;

public sealed class DeviceCatalogTests
{
    [Fact]
    public void Seconds_are_latency_plus_transfer_plus_compute()
    {
        var device = new DeviceProfile("d", 1, FlopsPerSecond: 100, UplinkBytesPerSecond: 10, DownlinkBytesPerSecond: 20, LatencySeconds: 0.5);
        Assert.Equal(0.5 + 2 + 3 + 4, device.Seconds(bytesDown: 40, flops: 300, bytesUp: 40));
    }

    [Fact]
    public void Shares_are_met_by_largest_remainder()
    {
        DeviceProfile[] assigned = DeviceCatalog.Assign(
            [new DeviceShareSpec { Profile = "phone", Share = 1 }, new DeviceShareSpec { Profile = "board", Share = 2 }], 10, seed: 7);
        Assert.Equal(3, assigned.Count(d => d.Name == "phone"));
        Assert.Equal(7, assigned.Count(d => d.Name == "board"));
    }

    [Fact]
    public void Assignment_is_the_same_for_a_seed_and_differs_between_seeds()
    {
        DeviceShareSpec[] shares = [new() { Profile = "phone" }, new() { Profile = "board" }];
        string Names(ulong seed) => string.Join(',', DeviceCatalog.Assign([.. shares], 40, seed).Select(d => d.Name));
        Assert.Equal(Names(1), Names(1));
        Assert.NotEqual(Names(1), Names(2));
    }

    [Fact]
    public void Stated_numbers_take_the_place_of_the_profile()
    {
        DeviceProfile device = DeviceCatalog.Assign([new DeviceShareSpec { Profile = "phone", MemoryBytes = 12_345 }], 1, 1)[0];
        Assert.Equal(12_345, device.MemoryBytes);
        Assert.Equal(DeviceCatalog.Find("phone")!.FlopsPerSecond, device.FlopsPerSecond);
    }

    [Fact]
    public void An_unknown_profile_is_refused_with_the_choices() =>
        Assert.Contains("microcontroller", Assert.Throws<ArgumentException>(() => DeviceCatalog.Assign([new DeviceShareSpec { Profile = "fone" }], 1, 1)).Message, StringComparison.Ordinal);
}
