using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Federated.Coordinator.Grains;

/// <summary>A grain with durable state.</summary>
/// <typeparam name="TState">A record; replaced by <see cref="SaveAsync"/>, never changed in place.</typeparam>
internal abstract class Grain<TState> : Grain
    where TState : GrainState, new()
{
    private readonly JsonTypeInfo<TState> json;
    private long version;
    private bool loaded;

    /// <summary>A grain that has not been loaded.</summary>
    /// <param name="context">What it gets.</param>
    /// <param name="json">How its state is written, by source generation.</param>
    protected Grain(GrainContext context, JsonTypeInfo<TState> json)
    {
        Context = context;
        this.json = json;
    }

    /// <summary>What the grain got when it was made.</summary>
    protected GrainContext Context { get; }

    /// <summary>Which one it is.</summary>
    protected string Key => Context.Id.Key;

    /// <summary>The state as it was last loaded or saved.</summary>
    protected TState State { get; private set; } = new();

    /// <summary>Whether there is stored state.</summary>
    protected bool Exists => version > 0;

    /// <inheritdoc/>
    public sealed override async ValueTask EnsureLoadedAsync()
    {
        if (loaded)
            return;
        StoredState? stored = await Context.Storage.ReadAsync(Context.Id, CancellationToken.None);
        State = stored is null ? new TState() : Parse(stored);
        version = stored?.Version ?? 0;
        Loaded();
        loaded = true;
    }

    /// <summary>Called after the state was loaded: at the activation, and when a save has failed.</summary>
    protected virtual void Loaded()
    {
    }

    /// <summary>
    /// Stores the state and only then makes it the grain's. When that fails the grain goes on with the state before; because nobody knows then which of the two is stored, it is read again
    /// before the next message.
    /// </summary>
    /// <exception cref="GrainStateConflictException">Someone else has written it; this activation ends.</exception>
    /// <exception cref="GrainStorageException">It could not be written.</exception>
    protected async Task SaveAsync(TState next, CancellationToken cancel = default)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(next, json);
        try
        {
            version = await Context.Storage.WriteAsync(Context.Id, content, version, cancel);
            State = next;
        }
        catch (Exception failure)
        {
            loaded = false;
            IsSuperseded = failure is GrainStateConflictException;
            throw;
        }
    }

    private TState Parse(StoredState stored)
    {
        string where = Context.Storage.Describe(Context.Id);
        try
        {
            TState state = JsonSerializer.Deserialize(stored.Content.Span, json) ?? throw new GrainStateCorruptException(where, "holds null instead of state");
            return state.Format is > 0 and <= GrainState.CurrentFormat
                ? state
                : throw new GrainStateCorruptException(where, $"holds the state of {Context.Id} in format {state.Format}, and this release reads {GrainState.CurrentFormat}; use the release that wrote it");
        }
        catch (JsonException failure)
        {
            throw new GrainStateCorruptException(where, $"holds no state of {Context.Id} ({failure.Message}); restore the file, or remove it to begin anew", failure);
        }
    }
}
