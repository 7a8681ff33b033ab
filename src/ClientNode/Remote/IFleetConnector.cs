namespace Federated.ClientNode.Remote;

/// <summary>Opens streams to the coordinator.</summary>
internal interface IFleetConnector
{
    /// <summary>Where the coordinator is, for messages.</summary>
    string Address { get; }

    /// <summary>Opens a stream. Any exception but <see cref="NodeRefusedException"/> means: try again later.</summary>
    /// <exception cref="NodeRefusedException">Trying again is of no use.</exception>
    Task<IFleetConnection> ConnectAsync(CancellationToken cancel);
}
