namespace Federated.Protocol.Transfer;

/// <summary>One at a time for each name; names that nobody uses take no memory.</summary>
internal sealed class NameTurns<TName>
    where TName : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TName, Turn> turns = [];

    /// <summary>Waits for the turn of a name; disposing what is returned ends it.</summary>
    public async Task<IDisposable> TakeAsync(TName name, CancellationToken cancel)
    {
        Turn? turn;
        lock (gate)
        {
            if (!turns.TryGetValue(name, out turn))
                turns.Add(name, turn = new Turn(this, name));
            turn.Users++;
        }

        try
        {
            await turn.Waiting.WaitAsync(cancel);
            return turn;
        }
        catch
        {
            Leave(turn);
            throw;
        }
    }

    private void Leave(Turn turn)
    {
        lock (gate)
        {
            if (--turn.Users > 0)
                return;
            turns.Remove(turn.Name);
        }

        turn.Waiting.Dispose();
    }

    private sealed class Turn(NameTurns<TName> owner, TName name) : IDisposable
    {
        public TName Name { get; } = name;

        public SemaphoreSlim Waiting { get; } = new(1, 1);

        public int Users { get; set; }

        public void Dispose()
        {
            Waiting.Release();
            owner.Leave(this);
        }
    }
}
