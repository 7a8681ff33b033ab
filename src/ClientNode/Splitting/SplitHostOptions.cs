namespace Federated.ClientNode.Splitting;

/// <summary>How a body host shares out what it has. No result depends on any of it.</summary>
public sealed record SplitHostOptions
{
    /// <summary>The largest payload that crosses: 64 MiB, three batches of 32 images of ViT-B/16 (605 kB an image).</summary>
    public const int LargestPayload = 64 << 20;

    /// <summary>The largest message: a payload with its number and leg.</summary>
    public const int LargestMessage = LargestPayload + 64;

    /// <summary>Workspaces, each with the memory of a network and a thread: one per processor.</summary>
    public int Workspaces { get; init; } = Environment.ProcessorCount;

    /// <summary>How long a workspace waits for the backward pass while others wait for the workspace; then the forward pass is done again when its backward pass comes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>A session whose client says nothing for so long is dropped: it trains its own layers meanwhile.</summary>
    public TimeSpan LongestSilence { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A session whose stream is lost is kept for so long.</summary>
    public TimeSpan LongestAbsence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sessions at the same time.</summary>
    public int MostSessions { get; init; } = 4096;

    /// <summary>Bytes that messages, and replies and activations that are kept, take together before another message has to wait at the client. Default: 1 GiB.</summary>
    public long MostBytes { get; init; } = 1L << 30;

    /// <summary>Measures.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told what a person should know. Called from any thread.</summary>
    public Action<string>? Notice { get; init; }
}
