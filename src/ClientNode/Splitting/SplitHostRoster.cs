using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;

namespace Federated.ClientNode.Splitting;

/// <summary>The hosts of bodies that the coordinator has told of, each with a channel. Safe for several threads.</summary>
/// <param name="open">Opens a channel; refuses addresses that may not be spoken to.</param>
internal sealed class SplitHostRoster(Func<Uri, RpcChannel> open) : ISplitHosts, IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (SplitClient Client, RpcChannel Channel)> hosts = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>These are the hosts from now on. Sessions with others are lost.</summary>
    /// <param name="addresses">Scheme, host and port of each.</param>
    /// <param name="notice">Told of addresses that cannot be used.</param>
    public void Set(IReadOnlyCollection<string> addresses, Action<string>? notice)
    {
        List<RpcChannel> gone = [];
        lock (gate)
        {
            foreach (string address in hosts.Keys.Except(addresses, StringComparer.Ordinal).ToArray())
            {
                gone.Add(hosts[address].Channel);
                hosts.Remove(address);
            }

            foreach (string address in addresses.Except(hosts.Keys, StringComparer.Ordinal).ToArray())
            {
                try
                {
                    RpcChannel channel = open(new Uri(address));
                    hosts.Add(address, (new SplitClient(channel), channel));
                }
                catch (Exception problem) when (problem is not OutOfMemoryException)
                {
                    notice?.Invoke($"Bodies at {address} cannot be used: {problem.Message}");
                }
            }

            changed.TrySetResult();
            changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        foreach (RpcChannel channel in gone)
            _ = channel.DisposeAsync().AsTask();
    }

    /// <inheritdoc/>
    public async Task<SplitClient> ChooseAsync(int client, SplitClient? avoided, CancellationToken cancel)
    {
        while (true)
        {
            Task change;
            lock (gate)
            {
                // The highest of hashes of client and host: when a host comes or goes, only its own clients change places.
                (SplitClient Client, RpcChannel Channel)[] possible = [.. hosts.OrderByDescending(host => Rank(client, host.Key)).Select(static host => host.Value)];
                if (possible.Length > 0)
                    return possible.Length > 1 && ReferenceEquals(possible[0].Client, avoided) ? possible[1].Client : possible[0].Client;
                change = changed.Task;
            }

            await change.WaitAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public bool IsThere(SplitClient host)
    {
        lock (gate)
            return hosts.Values.Any(other => ReferenceEquals(other.Client, host));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        RpcChannel[] all;
        lock (gate)
        {
            all = [.. hosts.Values.Select(static host => host.Channel)];
            hosts.Clear();
        }

        foreach (RpcChannel channel in all)
            await channel.DisposeAsync();
    }

    private static ulong Rank(int client, string address) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{client} {address}")));
}
