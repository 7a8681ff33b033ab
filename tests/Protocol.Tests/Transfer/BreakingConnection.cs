using System.Threading.Channels;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Protocol.Tests.Transfer;

/// <summary>
/// A connection to a service in this process whose streams break after so many bytes as a test says. A message that crossed before the break is delivered, one that the break cuts is not; the side that
/// sends is never ahead of the side that reads, so that what is sent twice can be counted.
/// </summary>
/// <param name="service">The server half.</param>
/// <param name="bytesToBreak">Asked for each call: after how many bytes of messages it breaks.</param>
internal sealed class BreakingConnection(TransferService service, Func<long> bytesToBreak) : ITransferConnection
{
    /// <summary>Bytes of data in all chunks that were sent, cut ones too.</summary>
    public long DataSent { get; private set; }

    /// <summary>Calls that broke.</summary>
    public int Breaks { get; private set; }

    /// <summary>Calls.</summary>
    public int Calls { get; private set; }

    public IFetchStream Fetch(FetchRequest request, CancellationToken cancel)
    {
        Calls++;
        return new FetchStream(this, new Pipe<Chunk>(this, bytesToBreak(), Chunk.Parser, cancel), FetchRequest.Parser.ParseFrom(request.ToByteArray()));
    }

    public Task<UploadState> InquireAsync(UploadName name, CancellationToken cancel)
    {
        Calls++;
        if (bytesToBreak() < name.CalculateSize())
            throw Break();
        return service.StateAsync(name, Samples.Call(cancel));
    }

    public IUploadStream Upload(CancellationToken cancel)
    {
        Calls++;
        return new UploadStream(this, new Pipe<UploadPart>(this, bytesToBreak(), UploadPart.Parser, cancel));
    }

    private RpcException Break()
    {
        Breaks++;
        return new RpcException(new RpcStatus(RpcStatusCode.Unavailable, "the connection broke"));
    }

    private sealed class Pipe<T>(BreakingConnection owner, long bytesLeft, MessageParser<T> parser, CancellationToken cancel) : IRpcReader<T>, IRpcWriter<T>
        where T : class, IMessage<T>
    {
        private readonly Channel<byte[]> channel = Channel.CreateUnbounded<byte[]>();
        private readonly SemaphoreSlim taken = new(0);
        private long left = bytesLeft;

        public CancellationTokenSource Ended { get; } = CancellationTokenSource.CreateLinkedTokenSource(cancel);

        public async ValueTask WriteAsync(T message, CancellationToken cancel = default)
        {
            byte[] bytes = message.ToByteArray();
            owner.DataSent += message switch { Chunk chunk => chunk.Data.Length, UploadPart { Chunk: Chunk chunk } => chunk.Data.Length, _ => 0 };
            left -= bytes.Length;
            if (left < 0)
            {
                RpcException broken = owner.Break();
                channel.Writer.TryComplete(broken);
                await Ended.CancelAsync();
                throw broken;
            }

            channel.Writer.TryWrite(bytes);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, Ended.Token);
            await taken.WaitAsync(either.Token);
        }

        public async ValueTask<T?> ReadAsync(CancellationToken cancel = default)
        {
            try
            {
                if (!await channel.Reader.WaitToReadAsync(cancel) || !channel.Reader.TryRead(out byte[]? bytes))
                    return null;
                taken.Release();
                return parser.ParseFrom(bytes);
            }
            catch (ChannelClosedException closed) when (closed.InnerException is RpcException end)
            {
                throw new RpcException(end.Status);
            }
        }

        public void Complete(Exception? failure = null) => channel.Writer.TryComplete(failure);
    }

    private sealed class FetchStream : IFetchStream
    {
        private readonly Pipe<Chunk> pipe;
        private readonly Task server;

        public FetchStream(BreakingConnection owner, Pipe<Chunk> pipe, FetchRequest request)
        {
            this.pipe = pipe;
            server = ServeAsync(owner, request);
        }

        public ValueTask<Chunk?> ReadAsync(CancellationToken cancel = default) => pipe.ReadAsync(cancel);

        public async ValueTask DisposeAsync()
        {
            await pipe.Ended.CancelAsync();
            await server.WaitAsync(Samples.Limit);
            pipe.Ended.Dispose();
        }

        private async Task ServeAsync(BreakingConnection owner, FetchRequest request)
        {
            try
            {
                await owner.Service.SendAsync(request, pipe, Samples.Call(), pipe.Ended.Token);
                pipe.Complete();
            }
            catch (Exception failure)
            {
                pipe.Complete(failure);
            }
        }
    }

    private sealed class UploadStream(BreakingConnection owner, Pipe<UploadPart> pipe) : IUploadStream
    {
        private readonly Task<UploadState> server = owner.Service.ReceiveAsync(pipe, Samples.Call(), pipe.Ended.Token);

        public ValueTask WriteAsync(UploadPart message, CancellationToken cancel = default) => pipe.WriteAsync(message, cancel);

        public async Task<UploadState> CompleteAsync(CancellationToken cancel)
        {
            pipe.Complete();
            try
            {
                return await server.WaitAsync(cancel);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new RpcException(new RpcStatus(RpcStatusCode.Unavailable, "the connection broke"));
            }
        }

        public async ValueTask DisposeAsync()
        {
            await pipe.Ended.CancelAsync();
            await server.WaitAsync(Samples.Limit).ContinueWith(_ => { }, TaskScheduler.Default);
            pipe.Ended.Dispose();
        }
    }

    private TransferService Service => service;
}
