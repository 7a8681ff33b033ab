using Federated.Protocol.Rpc;
using Google.Protobuf;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>Hands out the messages of a sequence; after them nothing comes until the read is cancelled, or, where <paramref name="ends"/>, the end.</summary>
internal sealed class ScriptedReader<T>(IEnumerable<T> messages, bool ends = true) : IRpcReader<T>, IDisposable
    where T : class, IMessage<T>
{
    private readonly IEnumerator<T> rest = messages.GetEnumerator();
    private readonly SemaphoreSlim waiting = new(0);

    /// <summary>Messages that were read.</summary>
    public int Read { get; private set; }

    /// <summary>Completes when all was read and more is waited for.</summary>
    public Task Waiting => waiting.WaitAsync();

    public async ValueTask<T?> ReadAsync(CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        if (rest.MoveNext())
        {
            Read++;
            return rest.Current;
        }

        if (ends)
            return null;
        waiting.Release();
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        return null;
    }

    public void Dispose()
    {
        rest.Dispose();
        waiting.Dispose();
    }
}
