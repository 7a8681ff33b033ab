using Federated.Methods.DataPruning;
using Federated.Methods.Federation;

namespace Federated.Methods.Clients;

/// <summary>How large clients' states can be: what comes from elsewhere and is larger is refused before it has memory.</summary>
public static class ClientStateLimit
{
    /// <summary>Most bytes of a client's state: the sum over the features that the experiment uses. 0: its clients hold on to nothing.</summary>
    public static int Of(ExperimentContext context, ClientDescription client) =>
        checked(PartBytes(DataPruner.StateBytes(context.Experiment, client.Samples)) + PartBytes(context.PrivateValueCount * sizeof(float)));

    private static int PartBytes(int length) => length == 0 ? 0 : checked(ClientState.HeadBytes + length);
}
