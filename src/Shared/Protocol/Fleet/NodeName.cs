using System.Text.RegularExpressions;

namespace Federated.Protocol.Fleet;

/// <summary>What a node may be called in its registration: the name stands in logs and in names of files.</summary>
public static partial class NodeName
{
    /// <summary>Whether it is 1 to 63 of a-z, 0-9, '-' and '.', beginning with a letter or digit.</summary>
    public static bool IsValid(string name) => Valid().IsMatch(name);

    // \z and not $, which would let a line feed follow.
    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{0,62}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Valid();
}
