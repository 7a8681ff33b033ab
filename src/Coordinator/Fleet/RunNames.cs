using System.Text.RegularExpressions;
using Federated.Methods.Experiments;

namespace Federated.Coordinator.Fleet;

/// <summary>Names of runs: they are names of folders, and come from outside.</summary>
internal static partial class RunNames
{
    /// <exception cref="ExperimentException">It is no name of a run.</exception>
    public static void Require(string name)
    {
        if (!Valid().IsMatch(name))
            throw new ExperimentException("a run's name is 1 to 80 letters, digits, dots, dashes and underscores, and begins with a letter or digit; choose another with --name");
    }

    // \z and not $, which would let a line feed follow.
    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Valid();
}
