using Federated.Methods.Clients;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>The server's half of <see cref="TrainSplit"/>.</summary>
public sealed class TrainSplitServerHandler : ISplitTaskHandler
{
    /// <inheritdoc/>
    public string Name => TrainSplit.TaskName;

    /// <inheritdoc/>
    public ISplitTask Begin(ExperimentContext context, Payload serverParts, int round, int client) =>
        serverParts.Find<TensorValuesPart>() is { Kind: PartKind.BodyValues } body && body.Subset.Equals(context.Split.ServerTensors)
            ? new SplitServerTask(context, body, round, client)
            : throw new SplitSessionException("The server's part came without its values: coordinator and node are of different versions.");
}
