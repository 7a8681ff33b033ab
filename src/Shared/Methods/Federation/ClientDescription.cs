using Federated.Methods.Devices;

namespace Federated.Methods.Federation;

/// <summary>What the server may know of a client: numbers, never data.</summary>
/// <param name="Id">Number of the client, from 0.</param>
/// <param name="Samples">Samples it trains on.</param>
/// <param name="DevelopmentSamples">Samples of its development set.</param>
/// <param name="Device">The device it runs on.</param>
public sealed record ClientDescription(int Id, int Samples, int DevelopmentSamples, DeviceProfile Device)
{
    /// <summary>Name in messages and reports.</summary>
    public string Name => $"client {Id}";
}
