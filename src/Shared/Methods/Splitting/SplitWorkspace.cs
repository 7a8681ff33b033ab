using Federated.Engine.Networks;
using Federated.Methods.Clients;

namespace Federated.Methods.Splitting;

/// <summary>One place where the server's part of clients' training is computed: networks over one arena each, made when they are first needed. Sessions take turns in it.</summary>
/// <param name="context">The experiment, whose method cuts the model.</param>
public sealed class SplitWorkspace(ExperimentContext context) : IDisposable
{
    private Network? body;
    private Network? tail;

    /// <summary>The body.</summary>
    public Network Body => body ??= new Network(context.Cut.Body, context.LargestBatch);

    /// <summary>The tail, for methods whose labels go to the server.</summary>
    public Network Tail => tail ??= new Network(context.Cut.Tail, context.LargestBatch);

    /// <summary>Whose values and activations the networks hold; null before the first.</summary>
    public object? Holder { get; set; }

    /// <summary>Bytes of unmanaged memory held.</summary>
    public long Bytes => (body?.ArenaBytes ?? 0) + (tail?.ArenaBytes ?? 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        body?.Dispose();
        tail?.Dispose();
    }
}
