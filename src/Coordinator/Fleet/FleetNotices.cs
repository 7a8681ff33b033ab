namespace Federated.Coordinator.Fleet;

/// <summary>What people should know of the fleet: who came and went, what was refused. Safe for several threads.</summary>
/// <param name="say">Shows or logs one sentence.</param>
internal sealed class FleetNotices(Action<string> say)
{
    private readonly Lock gate = new();
    private Action<string>? also;

    /// <summary>Says it.</summary>
    public void Say(string sentence)
    {
        lock (gate)
        {
            say(sentence);
            also?.Invoke(sentence);
        }
    }

    /// <summary>Says it here only: who watches the run under way hears it in another form, or need not hear it.</summary>
    public void Log(string sentence)
    {
        lock (gate)
            say(sentence);
    }

    /// <summary>Tells it to another listener, too, until the returned object is disposed: the watchers of the run under way.</summary>
    public IDisposable Tell(Action<string> listener)
    {
        lock (gate)
            also = listener;
        return new Listening(this);
    }

    private sealed class Listening(FleetNotices notices) : IDisposable
    {
        public void Dispose()
        {
            lock (notices.gate)
                notices.also = null;
        }
    }
}
