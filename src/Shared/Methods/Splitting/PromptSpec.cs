using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Models;

namespace Federated.Methods.Splitting;

/// <summary>Learned tokens that stand between class token and patches (Jia et al. 2022).</summary>
public sealed record PromptSpec
{
    /// <summary>Number of tokens.</summary>
    [Description("Learned tokens between class token and patches (0: none).")]
    [Range(0, 10_000)]
    public int Length { get; init; } = 5;

    /// <summary>input or deep.</summary>
    [Description("input: prompts before the first block; deep: fresh ones before every block, those of the server's blocks held and trained by the server.")]
    [AllowedValues("input", "deep")]
    public string Position { get; init; } = "input";

    /// <summary>What the prompts add to the model.</summary>
    internal ModelExtras ModelExtras => new(Length, DeepPrompts: Position == "deep" && Length > 0);
}
