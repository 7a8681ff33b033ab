using System.Globalization;
using System.Text.RegularExpressions;

namespace Federated.Deploy.Tests.Kubernetes;

/// <summary>Amounts as Kubernetes writes them: <c>250m</c>, <c>2</c>, <c>512Mi</c>.</summary>
internal static partial class Quantity
{
    /// <summary>The amount in cores or bytes.</summary>
    public static decimal Parse(string text)
    {
        Match match = Amount().Match(text);
        if (!match.Success)
            throw new FormatException($"'{text}' is no quantity");
        decimal factor = match.Groups["unit"].Value switch
        {
            "m" => 0.001m,
            "" => 1,
            "Ki" => 1L << 10,
            "Mi" => 1L << 20,
            "Gi" => 1L << 30,
            "Ti" => 1L << 40,
            string unit => throw new FormatException($"'{unit}' in '{text}' is no unit"),
        };
        return decimal.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture) * factor;
    }

    [GeneratedRegex("^(?<number>[0-9]+(\\.[0-9]+)?)(?<unit>[A-Za-z]*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Amount();
}
