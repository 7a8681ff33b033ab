namespace Federated.Protocol.Transfer;

/// <summary>The uploads that the server remembers.</summary>
/// <param name="capacity">How many.</param>
/// <param name="time">Measures how long one was silent.</param>
internal sealed class UploadDesk(int capacity, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<UploadKey, Upload> uploads = [];

    /// <summary>The upload with this name, if it is remembered.</summary>
    public Upload? Find(UploadKey key)
    {
        lock (gate)
            return uploads.GetValueOrDefault(key);
    }

    /// <summary>The upload with this name, new where it is not remembered.</summary>
    /// <exception cref="TransferException"><see cref="TransferError.OverBudget"/>: all are under way.</exception>
    public Upload Open(UploadKey key)
    {
        Upload? idle = null;
        Upload? opened;
        lock (gate)
        {
            if (!uploads.TryGetValue(key, out opened))
            {
                if (uploads.Count >= capacity)
                {
                    idle = uploads.Values.Where(upload => !upload.IsBusy).MinBy(upload => upload.LastUse)
                        ?? throw new TransferException(TransferError.OverBudget, $"{capacity} uploads are under way; try again later");
                    uploads.Remove(idle.Key);
                }

                opened = new Upload(key);
                uploads.Add(key, opened);
            }

            opened.LastUse = time.GetTimestamp();
        }

        idle?.Forget();
        return opened;
    }

    /// <summary>Forgets all uploads for which <paramref name="condition"/> holds, and what has arrived of them.</summary>
    public void Forget(Func<UploadKey, bool> condition)
    {
        Upload[] found;
        lock (gate)
        {
            found = [.. uploads.Values.Where(upload => condition(upload.Key))];
            foreach (Upload upload in found)
                uploads.Remove(upload.Key);
        }

        foreach (Upload upload in found)
            upload.Forget();
    }
}
