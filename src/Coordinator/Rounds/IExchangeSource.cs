using Federated.Methods.Clients;

namespace Federated.Coordinator.Rounds;

/// <summary>Gives a run the clients that it exchanges payloads with.</summary>
internal interface IExchangeSource
{
    /// <summary>Opens the exchange of one experiment. Whoever runs the experiment disposes of it when the run is over.</summary>
    Task<IClientExchange> OpenAsync(ExperimentContext context, CancellationToken cancel);
}
