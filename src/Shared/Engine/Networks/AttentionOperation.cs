namespace Federated.Engine.Networks;

/// <summary>Multi-head attention of the tokens of each image among themselves; the input holds queries, keys and values one after the other.</summary>
internal sealed record AttentionOperation(string Name, int Input, int Output, int Heads) : Operation(Name, Input, Output);
