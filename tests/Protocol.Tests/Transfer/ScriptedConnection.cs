using Federated.Protocol.Transfer;
using Federated.Protocol.V1;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>A server that answers fetches as a test says: rubbish, too.</summary>
internal sealed class ScriptedConnection(Func<FetchRequest, IEnumerable<Chunk>> answer, bool ends = true) : ITransferConnection
{
    public List<FetchRequest> Requests { get; } = [];

    /// <summary>The stream that was opened last.</summary>
    public ScriptedReader<Chunk>? Stream { get; private set; }

    /// <summary>Released for each stream.</summary>
    public SemaphoreSlim Opened { get; } = new(0);

    public IFetchStream Fetch(FetchRequest request, CancellationToken cancel)
    {
        Requests.Add(request);
        Stream = new ScriptedReader<Chunk>(answer(request), ends);
        Opened.Release();
        return new FetchStream(Stream);
    }

    public Task<UploadState> InquireAsync(UploadName name, CancellationToken cancel) => throw new InvalidOperationException("nothing is uploaded here");

    public IUploadStream Upload(CancellationToken cancel) => throw new InvalidOperationException("nothing is uploaded here");

    private sealed class FetchStream(ScriptedReader<Chunk> reader) : IFetchStream
    {
        public ValueTask<Chunk?> ReadAsync(CancellationToken cancel = default) => reader.ReadAsync(cancel);

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
