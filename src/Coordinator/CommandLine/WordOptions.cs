using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>Options that are one of a few words.</summary>
internal static class WordOptions
{
    /// <summary>Refuses all other words, on one line.</summary>
    public static void AcceptWords(this Option option, params string[] words) => option.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: string given }] && !words.Contains(given, StringComparer.Ordinal))
            result.AddError($"{option.Name} must be {string.Join(", ", words[..^1])} or {words[^1]}.");
    });
}
