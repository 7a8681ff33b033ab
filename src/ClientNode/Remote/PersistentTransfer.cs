using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// Tries again for as long as it is wanted: when the stream is lost, once the coordinator is back; when it is there, after a growing wait. A list that gets nowhere is taken away
/// by the coordinator when its lease ends, which cancels what is tried for it.
/// </summary>
internal sealed class PersistentTransfer(INodeTransfer transfer, Link link, NodeOptions options) : INodeTransfer
{
    /// <inheritdoc/>
    public Task<byte[]> FetchPayloadAsync(string run, ReadOnlyMemory<byte> sha256, long length, CancellationToken cancel) =>
        TryAsync(token => transfer.FetchPayloadAsync(run, sha256, length, token), cancel);

    /// <inheritdoc/>
    public Task<byte[]> FetchKeptAsync(string run, ReadOnlyMemory<byte> digest, long longest, CancellationToken cancel) =>
        TryAsync(token => transfer.FetchKeptAsync(run, digest, longest, token), cancel);

    /// <inheritdoc/>
    public Task UploadAsync(UploadName name, ReadOnlyMemory<byte> answer, CancellationToken cancel) =>
        TryAsync(
            async token =>
            {
                await transfer.UploadAsync(name, answer, token);
                return true;
            },
            cancel);

    private async Task<T> TryAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancel)
    {
        for (int failures = 1; ; failures++)
        {
            await link.WhenUpAsync(cancel);
            try
            {
                return await attempt(cancel);
            }
            catch (Exception problem) when (!cancel.IsCancellationRequested && problem is not (TransferRefusedException or OutOfMemoryException))
            {
                Task wait = Task.Delay(options.Backoff.After(failures), options.Time, cancel);
                options.Notice?.Invoke($"A transfer failed and is tried again: {problem.Message}");
                await wait;
            }
        }
    }
}
