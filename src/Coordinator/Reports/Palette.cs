using System.Collections.Immutable;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>
/// Colours of charts: the hues of Okabe and Ito (2008), which people with any common colour vision tell apart, darkened for light paper
/// until each has a contrast of at least 3 to 1 to it (WCAG 2.2, 1.4.11), and in their own lightness on a dark page.
/// </summary>
internal static class Palette
{
    /// <summary>Background of the light page and of paper.</summary>
    public const string LightBackground = "#ffffff";

    /// <summary>Background of the dark page.</summary>
    public const string DarkBackground = "#14171c";

    /// <summary>Colours on light.</summary>
    public static ImmutableArray<string> Light { get; } = ["#0072b2", "#d55e00", "#00865f", "#b5577f", "#a87900", "#3d8fbf", "#6b6b6b", "#222222"];

    /// <summary>Colours on dark.</summary>
    public static ImmutableArray<string> Dark { get; } = ["#56b4e9", "#ff8a3d", "#2cc295", "#e08bbb", "#f0c742", "#9ad4f5", "#a8adb5", "#f2f2f2"];

    /// <summary>Dash patterns, so that lines differ without colour too.</summary>
    private static readonly ImmutableArray<string> Dashes = ["none", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 2", "14 3 2 3 2 3"];

    /// <summary>The number of colour <paramref name="index"/> when there are more series than colours.</summary>
    public static int Wrap(int index) => index % Light.Length;

    /// <summary>Custom properties for one of the two sets.</summary>
    public static string Variables(ImmutableArray<string> colors) => string.Concat(colors.Select((color, index) => $"--c{index}:{color};"));

    /// <summary>Style rules that give series their colours.</summary>
    public static string Rules()
    {
        StringBuilder rules = new();
        for (int index = 0; index < Light.Length; index++)
        {
            rules.Append($".fill{index},.ink{index}{{fill:var(--c{index})}}.stroke{index}{{stroke:var(--c{index})}}");
            rules.Append(index == 0 ? "" : $".dash{index}{{stroke-dasharray:{Dashes[index]}}}");
            rules.Append('\n');
        }

        for (int shade = 0; shade < HeatMap.Shades; shade++)
            rules.Append($".shade{shade}{{fill-opacity:{(shade + 1.0) / HeatMap.Shades:0.##}}}");
        return rules.Append('\n').ToString();
    }
}
