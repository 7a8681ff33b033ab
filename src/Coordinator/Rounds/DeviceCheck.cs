using Federated.Methods.Experiments;
using Federated.Methods.Federation;

namespace Federated.Coordinator.Rounds;

/// <summary>Refuses an experiment that a client's device has no memory for, before the run.</summary>
internal static class DeviceCheck
{
    private const int NamedClients = 5;

    /// <exception cref="ExperimentException">At least one client's device is too small; the message names clients and numbers.</exception>
    public static void RequireMemory(IEnumerable<ClientDescription> clients, string method, long needed)
    {
        ClientDescription[] tooSmall = [.. clients.Where(client => client.Device.MemoryBytes < needed)];
        if (tooSmall.Length == 0)
            return;
        string named = string.Join("; ", tooSmall.Take(NamedClients).Select(static client => $"{client.Name} ({client.Device.Name}) has {client.Device.MemoryBytes:N0} bytes"));
        string more = tooSmall.Length > NamedClients ? $"; and {tooSmall.Length - NamedClients} more" : "";
        throw new ExperimentException(
            $"{method} needs {needed:N0} bytes of training state on a client, but {named}{more}. "
            + "Lower method.density or model.width, or give those clients a larger profile or memoryBytes under clients.devices.");
    }
}
