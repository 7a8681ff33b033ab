using System.Net;
using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>
/// Writes one SVG image into a page. Colours and fonts come from the page's style sheet by class, so one image serves light, dark and print.
/// </summary>
internal sealed class SvgWriter
{
    private readonly StringBuilder text = new();

    /// <summary>Begins an image of <paramref name="width"/> by <paramref name="height"/> units.</summary>
    /// <param name="key">Unique in the page; names the title for screen readers.</param>
    /// <param name="width">Units of the drawing; the page scales it to its column.</param>
    /// <param name="height">Units of the drawing.</param>
    /// <param name="title">What the image shows.</param>
    /// <param name="description">What can be seen in it, with the numbers that matter.</param>
    public SvgWriter(string key, double width, double height, string title, string description)
    {
        this.text.Append($"<svg viewBox=\"0 0 {Number(width)} {Number(height)}\" role=\"img\" aria-labelledby=\"{key}-title {key}-description\" xmlns=\"http://www.w3.org/2000/svg\">");
        this.text.Append($"<title id=\"{key}-title\">{Escape(title)}</title><desc id=\"{key}-description\">{Escape(description)}</desc>\n");
    }

    /// <summary>A coordinate with up to two decimals.</summary>
    /// <exception cref="ArgumentException">The value is not finite.</exception>
    public static string Number(double value) => double.IsFinite(value)
        ? Math.Round(value, 2).ToString("0.##")
        : throw new ArgumentException($"{value} cannot be drawn", nameof(value));

    /// <summary>Text for HTML and SVG, inside an element or an attribute.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A straight line.</summary>
    public void Line(double x1, double y1, double x2, double y2, string style) =>
        this.text.Append($"<line class=\"{style}\" x1=\"{Number(x1)}\" y1=\"{Number(y1)}\" x2=\"{Number(x2)}\" y2=\"{Number(y2)}\"/>\n");

    /// <summary>A rectangle; <paramref name="hint"/> is shown when the pointer rests on it.</summary>
    public void Rectangle(double x, double y, double width, double height, string style, string? hint = null) =>
        Element($"<rect class=\"{style}\" x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(Math.Max(0, width))}\" height=\"{Number(Math.Max(0, height))}\"", "rect", hint);

    /// <summary>A circle; <paramref name="hint"/> is shown when the pointer rests on it.</summary>
    public void Circle(double x, double y, double radius, string style, string? hint = null) =>
        Element($"<circle class=\"{style}\" cx=\"{Number(x)}\" cy=\"{Number(y)}\" r=\"{Number(radius)}\"", "circle", hint);

    /// <summary>A path in SVG's path language.</summary>
    public void Path(string data, string style)
    {
        if (data.Length > 0)
            this.text.Append($"<path class=\"{style}\" d=\"{data}\"/>\n");
    }

    /// <summary>A line of text; <paramref name="anchor"/> is start, middle or end.</summary>
    public void Text(double x, double y, string text, string style, string anchor = "start", double rotate = 0)
    {
        string turn = rotate == 0 ? "" : $" transform=\"rotate({Number(rotate)} {Number(x)} {Number(y)})\"";
        this.text.Append($"<text class=\"{style}\" x=\"{Number(x)}\" y=\"{Number(y)}\" text-anchor=\"{anchor}\"{turn}>{Escape(text)}</text>\n");
    }

    /// <summary>Ends the image.</summary>
    /// <returns>The whole element.</returns>
    public string Finish() => this.text.Append("</svg>").ToString();

    private void Element(string start, string name, string? hint)
    {
        this.text.Append(start);
        this.text.Append(hint is null ? "/>\n" : $"><title>{Escape(hint)}</title></{name}>\n");
    }
}
