using Federated.Methods.Devices;
using Federated.Methods.Federation;

namespace Federated.Coordinator.Rounds;

/// <summary>What one phase costs one client.</summary>
/// <param name="Client">The client.</param>
/// <param name="BytesDown">Bytes to it.</param>
/// <param name="Flops">Operations on its device.</param>
/// <param name="BytesUp">Bytes from it.</param>
/// <param name="ServerFlops">Operations of the server's part of a cut model for it, which it waits for.</param>
/// <param name="Messages">Messages at the cut, each of which waits for its reply.</param>
internal readonly record struct ClientCosts(ClientDescription Client, long BytesDown, double Flops, long BytesUp, double ServerFlops, int Messages)
{
    // A server that serves one client at a time as fast as the catalogue's server trains.
    private static readonly DeviceProfile Server = DeviceCatalog.Find("server")!;

    /// <summary>Virtual seconds: the device's own, the server's, and the network's latency once for the task and once for each message.</summary>
    public double Seconds => Client.Device.Seconds(BytesDown, Flops, BytesUp) + (ServerFlops / Server.FlopsPerSecond) + (Messages * Client.Device.LatencySeconds);
}
