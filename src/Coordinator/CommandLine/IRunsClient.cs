using Federated.Protocol.V1;

namespace Federated.Coordinator.CommandLine;

/// <summary>The runs of a coordinator, as commands ask about them. Failures are <see cref="CoordinatorException"/>s.</summary>
internal interface IRunsClient : IAsyncDisposable
{
    /// <summary>Hands in an experiment.</summary>
    Task<SubmitReply> SubmitAsync(SubmitRequest request, CancellationToken cancel);

    /// <summary>All runs and nodes.</summary>
    Task<ListReply> ListAsync(CancellationToken cancel);

    /// <summary>What happens in a run, to its end; a coordinator that is lost on the way is a <see cref="CoordinatorLostException"/>.</summary>
    IAsyncEnumerable<RunEvent> WatchAsync(string run, CancellationToken cancel);

    /// <summary>Ends a run.</summary>
    Task<RunInfo> StopAsync(StopRequest request, CancellationToken cancel);
}
