using System.Collections.Immutable;

namespace Federated.Methods.Federation;

/// <summary>Clients that take part in something, ascending by number.</summary>
/// <param name="Clients">The clients.</param>
public sealed record Cohort(ImmutableArray<ClientDescription> Clients)
{
    /// <summary>Place of the client of this number in <see cref="Clients"/>; negative when it does not take part.</summary>
    public int PlaceOf(int client)
    {
        int low = 0;
        int high = Clients.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int id = Clients[middle].Id;
            if (id == client)
                return middle;
            if (id < client)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return ~low;
    }
}
