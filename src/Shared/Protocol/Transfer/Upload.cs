namespace Federated.Protocol.Transfer;

/// <summary>One upload as the server knows it: how far it is, and which stream brings it at the moment.</summary>
internal sealed class Upload(UploadKey key) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim turn = new(1, 1);
    private CancellationTokenSource? bringer;

    /// <summary>Its name.</summary>
    public UploadKey Key { get; } = key;

    /// <summary>What has arrived; null before the first stream and after the end. Only the stream whose turn it is touches it.</summary>
    public BlobDraft? Draft { get; set; }

    /// <summary>Bytes that have arrived, as of the last chunk.</summary>
    public long Received { get; set; }

    /// <summary>It was handed over.</summary>
    public bool IsTaken { get; set; }

    /// <summary>It was given up: whoever still waits for a turn has to begin anew.</summary>
    public bool IsForgotten { get; private set; }

    /// <summary>Timestamp of the last time that a stream brought something.</summary>
    public long LastUse { get; set; }

    /// <summary>Whether a stream brings it, or is about to.</summary>
    public bool IsBusy
    {
        get
        {
            lock (gate)
                return bringer is not null;
        }
    }

    /// <summary>
    /// Waits for the turn to bring chunks. The stream that had it is ended through its <paramref name="stop"/>: a node that opens a second one has lost the first, and the server may learn that late.
    /// </summary>
    public async Task TakeTurnAsync(CancellationTokenSource stop)
    {
        CancellationTokenSource? before;
        lock (gate)
        {
            before = bringer;
            bringer = stop;
        }

        End(before);
        try
        {
            await turn.WaitAsync(stop.Token);
        }
        catch
        {
            Leave(stop);
            throw;
        }
    }

    /// <summary>Gives the turn back.</summary>
    public void EndTurn(CancellationTokenSource stop)
    {
        Leave(stop);
        turn.Release();
        if (IsForgotten)
            DropWhenFree();
    }

    /// <summary>Gives the upload up: ends the stream that brings it, and what has arrived is dropped.</summary>
    public void Forget()
    {
        CancellationTokenSource? stream;
        lock (gate)
        {
            IsForgotten = true;
            stream = bringer;
        }

        End(stream);
        DropWhenFree();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Draft?.Dispose();
        turn.Dispose();
    }

    private void DropWhenFree()
    {
        if (!turn.Wait(0))
            return; // the stream that has the turn drops it at its end
        Draft?.Dispose();
        Draft = null;
        turn.Release();
    }

    private static void End(CancellationTokenSource? stream)
    {
        try
        {
            stream?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself between two looks.
        }
    }

    private void Leave(CancellationTokenSource stop)
    {
        lock (gate)
        {
            if (ReferenceEquals(bringer, stop))
                bringer = null;
        }
    }
}
