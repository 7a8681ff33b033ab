using System.Collections.Immutable;
using Federated.Engine.Randomness;
using Federated.Methods.Experiments;

namespace Federated.Methods.Devices;

/// <summary>
/// The device profiles that an experiment can name. The numbers are round orders of magnitude of device classes, chosen for the simulator,
/// not measurements of a product; an experiment that needs exact ones states them in its <c>devices</c> section.
/// </summary>
public static class DeviceCatalog
{
    private const long Megabyte = 1_000_000;
    private const double MegabitPerSecond = 1e6 / 8;

    /// <summary>All profiles, strongest first.</summary>
    public static ImmutableArray<DeviceProfile> All { get; } =
    [
        new("server", 64_000 * Megabyte, 1e12, 1000 * MegabitPerSecond, 1000 * MegabitPerSecond, 0.001),
        new("laptop", 8_000 * Megabyte, 1e11, 50 * MegabitPerSecond, 200 * MegabitPerSecond, 0.02),
        new("phone", 1_000 * Megabyte, 2e10, 10 * MegabitPerSecond, 50 * MegabitPerSecond, 0.05),
        new("phone-low", 256 * Megabyte, 5e9, 2 * MegabitPerSecond, 10 * MegabitPerSecond, 0.1),
        new("board", 64 * Megabyte, 1e9, 1 * MegabitPerSecond, 4 * MegabitPerSecond, 0.1),
        new("microcontroller", 4 * Megabyte, 1e8, 0.25 * MegabitPerSecond, 0.25 * MegabitPerSecond, 0.2),
    ];

    /// <summary>The profile that clients have when the experiment names none.</summary>
    public static DeviceProfile Default { get; } = Find("phone")!;

    /// <summary>The profile called <paramref name="name"/>, or null.</summary>
    public static DeviceProfile? Find(string name) => All.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// One device per client: the shares are met as exactly as whole clients allow (largest remainder), and which client gets which is random by the seed.
    /// </summary>
    /// <exception cref="ArgumentException">A profile's name is unknown.</exception>
    public static DeviceProfile[] Assign(ImmutableArray<DeviceShareSpec> shares, int clients, ulong seed)
    {
        if (shares.IsDefaultOrEmpty)
            return [.. Enumerable.Repeat(Default, clients)];
        DeviceProfile[] profiles = [.. shares.Select(Resolve)];
        double total = shares.Sum(static s => s.Share);
        double[] exact = [.. shares.Select(s => s.Share / total * clients)];
        int[] counts = [.. exact.Select(static e => (int)Math.Floor(e))];
        foreach (int i in Enumerable.Range(0, counts.Length).OrderByDescending(i => exact[i] - counts[i]).ThenBy(static i => i).Take(clients - counts.Sum()))
            counts[i]++;
        DeviceProfile[] assigned = [.. profiles.SelectMany((p, i) => Enumerable.Repeat(p, counts[i]))];
        new KeyedRandom(new RandomKey(seed, RandomPurpose.Devices)).Shuffle(assigned.AsSpan());
        return assigned;
    }

    private static DeviceProfile Resolve(DeviceShareSpec share)
    {
        DeviceProfile profile = Find(share.Profile)
            ?? throw new ArgumentException($"There is no device profile '{share.Profile}'; there are {string.Join(", ", All.Select(static p => p.Name))}.", nameof(share));
        return profile with
        {
            MemoryBytes = share.MemoryBytes ?? profile.MemoryBytes,
            FlopsPerSecond = share.FlopsPerSecond ?? profile.FlopsPerSecond,
            UplinkBytesPerSecond = share.UplinkBytesPerSecond ?? profile.UplinkBytesPerSecond,
            DownlinkBytesPerSecond = share.DownlinkBytesPerSecond ?? profile.DownlinkBytesPerSecond,
            LatencySeconds = share.LatencySeconds ?? profile.LatencySeconds,
        };
    }
}
