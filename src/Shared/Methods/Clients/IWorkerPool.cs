namespace Federated.Methods.Clients;

/// <summary>Workers, each with a workspace of its own, that items of work are spread over.</summary>
public interface IWorkerPool
{
    /// <summary>Runs <paramref name="work"/> for every item 0…<paramref name="items"/>−1, each on some worker, in any order; the result must not depend on which.</summary>
    Task RunAsync(int items, Action<Worker, int> work, CancellationToken cancel);
}
