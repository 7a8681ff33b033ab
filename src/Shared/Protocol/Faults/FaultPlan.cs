using System.Globalization;

namespace Federated.Protocol.Faults;

/// <summary>Which place the process dies at, and how many times it has been there.</summary>
internal sealed class FaultPlan
{
    private readonly string text;
    private readonly string point;
    private readonly int time;
    private readonly bool isValid;
    private int reached;

    private FaultPlan(string text)
    {
        this.text = text;
        int colon = text.LastIndexOf(':');
        point = colon < 0 ? text : text[..colon];
        time = 1;
        bool isCount = colon < 0 || (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out time) && time > 0);
        isValid = isCount && FaultPoints.All.Contains(point, StringComparer.Ordinal);
    }

    /// <summary>The plan that the variable's text describes; null without one.</summary>
    public static FaultPlan? Parse(string? text) => string.IsNullOrEmpty(text) ? null : new FaultPlan(text);

    /// <summary>Counts a visit; true at the one that was asked for.</summary>
    /// <exception cref="InvalidOperationException">The text names no place.</exception>
    public bool IsDue(string place)
    {
        if (!isValid)
            throw new InvalidOperationException($"{FaultPoint.Variable} is '{text}': give one of {string.Join(", ", FaultPoints.All)}, with ':n' behind it for the n-th time.");
        return string.Equals(place, point, StringComparison.Ordinal) && Interlocked.Increment(ref reached) == time;
    }
}
