using System.ComponentModel;

namespace Federated.Methods.Splitting;

/// <summary>What is left out of what crosses the cuts. Nothing that is left out here changes a result.</summary>
public sealed record WireSpec
{
    /// <summary>Only the class token's vector comes down from the body, and only its gradient goes up.</summary>
    [Description("Only the class token's vector crosses between body and tail, there and back: the tail looks at no other.")]
    public bool ClassTokenOnly { get; init; }

    /// <summary>Only the prompts' gradient comes down, summed over the batch.</summary>
    [Description("Only the prompts' gradient comes down to the client, summed over the batch: nothing else of the head trains.")]
    public bool PromptGradientOnly { get; init; }

    /// <summary>Patches cross once a session.</summary>
    [Description("The server keeps each sample's class token and patches for as long as the client's session lasts: in later epochs only the prompts cross. Needs a frozen head, no augmentation and no dropout.")]
    public bool Cached { get; init; }
}
