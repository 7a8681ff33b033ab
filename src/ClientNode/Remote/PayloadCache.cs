using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Payloads by content: each crosses to the node once, however many lists and clients need it and however many ask at the same time. Whoever asks receives the same array, by which
/// the decoded form is found again. Safe for several threads.
/// </summary>
/// <param name="fetch">Fetches the payload of a form; cancelled when nobody wants it any more.</param>
internal sealed class PayloadCache(Func<PayloadForm, CancellationToken, Task<byte[]>> fetch) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);

    /// <summary>Payloads that are here or on their way.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return entries.Count;
        }
    }

    /// <summary>The payload's bytes, which nobody writes into. A fetch that failed is tried anew by whoever asks next.</summary>
    public Task<byte[]> GetAsync(PayloadForm form, CancellationToken cancel)
    {
        string digest = Digests.Text(form.Sha256);
        lock (gate)
        {
            if (entries.TryGetValue(digest, out Entry? entry) && !entry.Bytes.IsFaulted && !entry.Bytes.IsCanceled)
                return entry.Bytes.WaitAsync(cancel);
            entry?.Dispose();
            entry = new Entry(fetch, form);
            entries[digest] = entry;
            return entry.Bytes.WaitAsync(cancel);
        }
    }

    /// <summary>Drops every payload but those of these digests.</summary>
    public void Keep(IReadOnlySet<string> digests)
    {
        lock (gate)
        {
            foreach ((string digest, Entry entry) in entries.Where(entry => !digests.Contains(entry.Key)).ToArray())
            {
                entries.Remove(digest);
                entry.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Keep(new HashSet<string>(StringComparer.Ordinal));

    private sealed class Entry : IDisposable
    {
        private readonly CancellationTokenSource unwanted = new();

        public Entry(Func<PayloadForm, CancellationToken, Task<byte[]>> fetch, PayloadForm form)
        {
            // On another thread: the caller holds the gate.
            Bytes = Task.Run(() => fetch(form, unwanted.Token), unwanted.Token);
            // Nobody may be waiting any more when it fails.
            _ = Bytes.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        public Task<byte[]> Bytes { get; }

        public void Dispose()
        {
            unwanted.Cancel();
            unwanted.Dispose();
        }
    }
}
