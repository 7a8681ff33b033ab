using System.Text.RegularExpressions;

namespace Federated.Coordinator.Security;

/// <summary>The names that nodes and users can have.</summary>
internal static partial class IdentityName
{
    /// <summary>What a name looks like, for messages.</summary>
    public const string Form = "1 to 63 of a-z, 0-9, '-' and '.', beginning with a letter or digit; '*.SUFFIX' stands for all names of one label before the suffix";

    /// <summary>Whether a certificate or token can be for this name.</summary>
    public static bool IsValid(string name) => name.Length <= 63 && Pattern().IsMatch(name);

    [GeneratedRegex(@"^(\*\.)?[a-z0-9][a-z0-9.-]*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Pattern();
}
