using System.CommandLine;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.CommandLine;

/// <summary>Arguments that are one of some names.</summary>
internal static class NameArguments
{
    /// <summary>Refuses every other name, with the nearest one in the message, and offers the names for completion.</summary>
    /// <param name="argument">The argument.</param>
    /// <param name="what">What the names are names of.</param>
    /// <param name="names">The names.</param>
    public static void AcceptNames(this Argument argument, string what, IReadOnlyList<string> names)
    {
        argument.Validators.Add(result =>
        {
            foreach (string given in result.Tokens.Select(token => token.Value))
            {
                if (!names.Contains(given, StringComparer.Ordinal))
                    result.AddError($"There is no {what} '{given}'; {NearestName.Remedy(given, names)}");
            }
        });
        argument.CompletionSources.Add([.. names]);
    }
}
