using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;

namespace Federated.Methods.Clients;

/// <summary>How large clients' states can be: what comes from elsewhere and is larger is refused before it has memory.</summary>
public static class ClientStateLimit
{
    /// <summary>Most bytes of the state of a client with <paramref name="samples"/> training samples: the sum over the features that the experiment uses. 0: its clients hold on to nothing.</summary>
    public static int Of(ExperimentSpec experiment, int samples)
    {
        int pruning = DataPruner.StateBytes(experiment, samples);
        return pruning == 0 ? 0 : checked(ClientState.HeadBytes + pruning);
    }
}
