namespace Federated.Methods.Splitting;

/// <summary>Where the server's part of the model runs: in this process, or in one that is reached over gRPC. It makes no difference to any result.</summary>
public interface ISplitServer
{
    /// <summary>Begins a client's split training.</summary>
    /// <exception cref="SplitSessionException">The server's part cannot be had.</exception>
    ISplitSession Open(SplitSessionRequest request, CancellationToken cancel);
}
