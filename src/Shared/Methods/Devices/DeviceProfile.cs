namespace Federated.Methods.Devices;

/// <summary>
/// A simulated device. Its limits turn floating-point operations and bytes into virtual seconds; they say nothing about the machine that runs the simulation.
/// </summary>
/// <param name="Name">Name of the profile.</param>
/// <param name="MemoryBytes">Memory for training state: parameters, indices, gradients, optimiser state and the method's buffers.</param>
/// <param name="FlopsPerSecond">Sustained floating-point operations per second in training.</param>
/// <param name="UplinkBytesPerSecond">Bytes per second towards the server.</param>
/// <param name="DownlinkBytesPerSecond">Bytes per second from the server.</param>
/// <param name="LatencySeconds">Seconds that one exchange waits on the network, there and back.</param>
public sealed record DeviceProfile(
    string Name, long MemoryBytes, double FlopsPerSecond, double UplinkBytesPerSecond, double DownlinkBytesPerSecond, double LatencySeconds)
{
    /// <summary>Virtual seconds of one task: wait, receive, compute, send, one after the other.</summary>
    public double Seconds(long bytesDown, double flops, long bytesUp) =>
        LatencySeconds + (bytesDown / DownlinkBytesPerSecond) + (flops / FlopsPerSecond) + (bytesUp / UplinkBytesPerSecond);
}
