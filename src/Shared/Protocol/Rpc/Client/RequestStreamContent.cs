using System.Net;

namespace Federated.Protocol.Rpc;

/// <summary>The body of a call with a stream of requests: hands HTTP's stream to the call's writer and lasts until the writer is done.</summary>
internal sealed class RequestStreamContent : HttpContent
{
    private readonly TaskCompletionSource<Stream> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RequestStreamContent() => Headers.ContentType = UnaryContent.GrpcType;

    /// <summary>The stream to write into, once the connection is there.</summary>
    public Task<Stream> Opened => opened.Task;

    /// <summary>Whether the stream was handed out: what was written into it is lost with its connection, so the call cannot be sent again.</summary>
    public bool HasOpened => opened.Task.IsCompleted;

    /// <summary>All requests are written: the stream is ended.</summary>
    public void Complete() => completed.TrySetResult();

    /// <summary>The call has ended another way: whoever waits for the stream must not wait on.</summary>
    public void Abandon()
    {
        opened.TrySetCanceled();
        completed.TrySetCanceled();
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The headers go out now, not with the first request: the server may have to speak first.
        await stream.FlushAsync(cancellationToken);
        if (!opened.TrySetResult(stream))
            throw new IOException("The stream of requests belongs to another connection, which is lost.");
        await completed.Task.WaitAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
