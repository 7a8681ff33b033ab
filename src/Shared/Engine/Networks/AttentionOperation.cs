using System.Collections.Immutable;

namespace Federated.Engine.Networks;

/// <summary>Multi-head attention of the tokens of each image among themselves; the input holds queries, keys and values one after the other.</summary>
internal sealed record AttentionOperation(string Name, int Input, int Output, int Heads) : Operation(Name, Input, Output)
{
    // Every query with every key, and every weight with every value: two products of T² · d.
    public override long MultiplyAddsWithoutWeights(ImmutableArray<NetworkValue> values) =>
        2L * values[Output].Width * values[Output].Width * values[Output].Channels;
}
