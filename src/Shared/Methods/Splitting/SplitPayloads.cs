using Federated.Methods.Clients;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>What both ends of a split session know of its payloads.</summary>
internal static class SplitPayloads
{
    /// <summary>The context that messages are decoded in.</summary>
    public static PayloadContext Context(ExperimentContext context) => new(context.Plan.Parameters, context.Plan.Statistics.Count);
}
