using System.Collections.Concurrent;

namespace Federated.Coordinator.Grains;

/// <summary>All grains in this process: makes references, and is the directory in which every key's activation is here.</summary>
/// <param name="storage">Where state is kept.</param>
/// <param name="time">The clock.</param>
internal sealed class LocalGrains(IGrainStorage storage, TimeProvider time) : IGrains, IGrainDirectory, IAsyncDisposable
{
    // A message is a hundred bytes or so; who fills this has more callers than the machine could serve anyway.
    private const int MailboxCapacity = 1024;

    private const int LongestKey = 256;

    private readonly Dictionary<Type, string> kinds = [];
    private readonly Dictionary<string, Func<GrainContext, Grain>> factories = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<GrainId, GrainActivation> activations = new();
    private volatile bool disposed;

    /// <summary>Activations in memory.</summary>
    public int Activations => activations.Count;

    /// <summary>Says which class implements an interface. All are registered before the first is used.</summary>
    /// <typeparam name="T">The interface.</typeparam>
    /// <param name="kind">The kind's name, part of the stored state's name: lower case letters.</param>
    /// <param name="create">Makes a grain.</param>
    /// <exception cref="ArgumentException">A method of the interface returns no task, or the kind or interface is there already.</exception>
    public LocalGrains Register<T>(string kind, Func<GrainContext, Grain> create)
        where T : class, IGrain
    {
        GrainMethod.Require(typeof(T));
        kinds.Add(typeof(T), kind);
        factories.Add(kind, create);
        return this;
    }

    /// <inheritdoc/>
    public T Get<T>(string key)
        where T : class, IGrain
    {
        if (key.Length is 0 or > LongestKey)
            throw new ArgumentException($"a grain's key has 1 to {LongestKey} characters; this one has {key.Length}", nameof(key));
        return kinds.TryGetValue(typeof(T), out string? kind)
            ? GrainReference.To<T>(this, new GrainId(kind, key))
            : throw new ArgumentException($"no grain is registered for {typeof(T).Name}");
    }

    /// <inheritdoc/>
    public async ValueTask<IGrainMailbox> LocateAsync(GrainId grain, CancellationToken cancel)
    {
        while (true)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            GrainActivation activation = activations.GetOrAdd(grain, Activate);
            if (!activation.IsClosed)
                return activation;

            // There are never two activations of one grain: the next one begins when the one before has handled its last message.
            await activation.Completion.WaitAsync(cancel);
            activations.TryRemove(KeyValuePair.Create(grain, activation));
        }
    }

    /// <summary>Ends activations of which nothing was asked for some time and that lose nothing by it. Returns how many.</summary>
    public async Task<int> DeactivateIdleAsync(TimeSpan idle, CancellationToken cancel)
    {
        int ended = 0;
        foreach ((GrainId grain, GrainActivation activation) in activations)
        {
            if (activation.IsClosed || activation.IdleFor < idle)
                continue;
            var deactivation = new GrainDeactivation();
            try
            {
                await activation.PostAsync(deactivation, cancel);
            }
            catch (GrainDeactivatedException)
            {
                continue;
            }

            if (!await deactivation.Completion.WaitAsync(cancel))
                continue;
            await activation.Completion.WaitAsync(cancel);
            activations.TryRemove(KeyValuePair.Create(grain, activation));
            ended++;
        }

        return ended;
    }

    /// <summary>Handles the messages that are there and ends all activations.</summary>
    public async ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (GrainActivation activation in activations.Values)
            activation.Close();
        await Task.WhenAll(activations.Values.Select(activation => activation.Completion));
    }

    private GrainActivation Activate(GrainId grain) =>
        new(grain, () => factories[grain.Kind](new GrainContext(grain, storage, this, time)), MailboxCapacity, time);
}
