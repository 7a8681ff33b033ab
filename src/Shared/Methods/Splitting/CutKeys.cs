using Federated.Engine.Randomness;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>Keys of what is drawn when a batch is made smaller for a cut: each leg of each step has a stream of its own.</summary>
internal static class CutKeys
{
    /// <summary>The key of a leg: <c>Step</c> is 256 · step + kind.</summary>
    public static RandomKey Of(ulong seed, int round, int client, int step, PartKind leg) => new(seed, RandomPurpose.Quantization, round, client, ((long)step << 8) + (long)leg);
}
