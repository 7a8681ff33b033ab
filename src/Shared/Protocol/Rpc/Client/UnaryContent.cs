using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Federated.Protocol.Rpc;

/// <summary>The body of a call with one request: prefix and message in one buffer of the pool, in one write.</summary>
internal sealed class UnaryContent : HttpContent
{
    internal static readonly MediaTypeHeaderValue GrpcType = new(HeaderNames.ContentType);

    private readonly IMessage message;
    private readonly bool compress;
    private readonly int largest;

    public UnaryContent(IMessage message, bool compress, int largest)
    {
        this.message = message;
        this.compress = compress;
        this.largest = largest;
        Headers.ContentType = GrpcType;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] frame = MessageFrame.Rent(message, compress, largest, out int length);
        await stream.WriteAsync(frame.AsMemory(0, length), cancellationToken);
        // Not given back when the write fails: the connection may still read it.
        ArrayPool<byte>.Shared.Return(frame);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
