using System.Text;

namespace Federated.Coordinator.Reports;

/// <summary>One self-contained page: no script, no font, no image from anywhere else. Light, dark, phone and paper by style sheet.</summary>
internal sealed class ReportPage
{
    private static readonly string Style = $$$"""
        :root{color-scheme:light dark;--paper:{{{Palette.LightBackground}}};--ink:#1b1f24;--soft:#57606a;--rule:#d5dae0;--panel:#f5f7f9;{{{Palette.Variables(Palette.Light)}}}
        }
        @media (prefers-color-scheme:dark){:root{--paper:{{{Palette.DarkBackground}}};--ink:#e8eaed;--soft:#a3abb5;--rule:#353b44;--panel:#1c2027;{{{Palette.Variables(Palette.Dark)}}}
        }
        }
        *{box-sizing:border-box}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
        main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
        h1{font-size:1.75rem;line-height:1.2;margin:0 0 .2em;overflow-wrap:anywhere}
        h2{font-size:1.2rem;margin:2.6em 0 .6em;padding-bottom:.25em;border-bottom:1px solid var(--rule)}
        p{margin:.4em 0;max-width:75ch}.lead{color:var(--soft)}
        .warning{border-left:4px solid var(--c1);padding:.4em .8em;background:var(--panel)}
        .facts{display:grid;grid-template-columns:repeat(4,1fr);border:solid var(--rule);border-width:1px 0 0 1px;margin:1.4em 0}
        .facts div{padding:.75em .9em;border:solid var(--rule);border-width:0 1px 1px 0}
        .facts dt{font-size:.8rem;color:var(--soft)}.facts dd{margin:0}.facts dd b{font-size:1.3rem;font-weight:600;display:block;line-height:1.3}.facts dd span{font-size:.8rem;color:var(--soft);display:block;line-height:1.35}
        .figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,500px),1fr));gap:1.6em 2em;align-items:start}
        figure{margin:0;min-width:0}figure.wide{grid-column:1/-1}
        figcaption{font-size:.875rem;margin-bottom:.7em}figcaption b{display:block;font-size:.95rem}figcaption span{color:var(--soft)}
        .scroll{overflow-x:auto}
        svg{display:block;width:100%;height:auto;min-width:440px;font-family:inherit}.wide svg{min-width:820px}
        svg text{font-size:12px;fill:var(--ink)}svg .tick{fill:var(--soft)}svg .small{font-size:9.5px}svg .axis-title{fill:var(--soft);font-size:12px}svg .label{font-weight:600}
        .grid{stroke:var(--rule);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}.track{fill:var(--panel)}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.leader{stroke-width:1;opacity:.5}.band{fill-opacity:.16}.bar{stroke:var(--paper);stroke-width:.6}
        .whisker{stroke:var(--c0);stroke-width:1.5}.median{fill:var(--paper);stroke:var(--c0);stroke-width:2}.hit{fill:transparent}.hit:hover{fill:var(--ink);fill-opacity:.25}
        {{{Palette.Rules()}}}
        table{border-collapse:collapse;font-size:.875rem;width:100%}
        th,td{padding:.3em .7em;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
        th:first-child,td:first-child,.words{text-align:left}td.words{white-space:normal;overflow-wrap:anywhere;min-width:9em}thead th{white-space:normal;color:var(--soft);font-weight:600;vertical-align:bottom;border-bottom:2px solid var(--rule)}tfoot td,tfoot th{font-weight:600;border-bottom:0}
        td.hash{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.8rem;white-space:normal;overflow-wrap:anywhere;text-align:left}
        table.pairs{width:auto}table.pairs th{font-weight:400;color:var(--soft);white-space:normal}table.pairs td{text-align:left;white-space:normal}
        pre{background:var(--panel);padding:1em;overflow-x:auto;font:.8rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;margin:.6em 0}
        code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
        details{margin:1em 0}summary{cursor:pointer;color:var(--soft)}
        footer{margin-top:3em;font-size:.8rem;color:var(--soft)}
        @media (max-width:600px){main{padding:18px 14px 40px}h1{font-size:1.35rem}.facts{grid-template-columns:1fr 1fr}.facts dd b{font-size:1.1rem}}
        @media print{
        @page{size:A4;margin:14mm}
        :root{color-scheme:light;--paper:{{{Palette.LightBackground}}};--ink:#000;--soft:#444;--rule:#ccc;--panel:#f3f3f3;{{{Palette.Variables(Palette.Light)}}}
        }
        *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
        html{font-size:10pt}body{font-size:1rem}main{max-width:none;padding:0}h2{margin-top:1.4em;break-after:avoid}figure,.facts,.facts div{break-inside:avoid}thead{display:table-header-group}tr{break-inside:avoid}
        .figures{grid-template-columns:1fr 1fr;gap:1em 1.4em}svg,.wide svg{min-width:0}.scroll,pre{overflow:visible}pre{white-space:pre-wrap;padding:.6em}
        th,td{padding:.15em .4em}table{font-size:7.5pt}table.pairs{font-size:9pt}
        details:not(.bulk)::details-content{content-visibility:visible;block-size:auto}details.bulk{display:none}summary{list-style:none}
        }
        """;

    private readonly StringBuilder body = new();
    private bool figures;

    /// <summary>Begins a section; figures of a section stand side by side where there is room.</summary>
    public void Section(string heading, string? lead = null)
    {
        EndFigures();
        this.body.Append($"<h2>{SvgWriter.Escape(heading)}</h2>\n");
        if (!string.IsNullOrEmpty(lead))
            Paragraph(lead);
    }

    /// <summary>A paragraph of text.</summary>
    public void Paragraph(string text, string style = "lead") => Html($"<p class=\"{style}\">{SvgWriter.Escape(text)}</p>\n");

    /// <summary>A figure with its caption: a heading and what to see.</summary>
    public void Figure(string heading, string caption, string svg, bool wide = false)
    {
        if (!figures)
        {
            this.body.Append("<div class=\"figures\">\n");
            figures = true;
        }

        this.body.Append($"<figure{(wide ? " class=\"wide\"" : "")}><figcaption><b>{SvgWriter.Escape(heading)}</b><span>{SvgWriter.Escape(caption)}</span></figcaption><div class=\"scroll\">{svg}</div></figure>\n");
    }

    /// <summary>A table. Text of the first column, and of columns named in <paramref name="words"/>, stands at the left, numbers at the right.</summary>
    public void Table(IReadOnlyList<string> head, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<string>? foot = null, params int[] words)
    {
        StringBuilder table = new("<div class=\"scroll\"><table><thead>");
        Row(table, head, "th", words);
        table.Append("</thead><tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
            Row(table, row, "td", words);
        table.Append("</tbody>");
        if (foot is not null)
        {
            table.Append("<tfoot>");
            Row(table, foot, "td", words);
            table.Append("</tfoot>");
        }

        Html(table.Append("</table></div>\n").ToString());
    }

    /// <summary>Names and values, one pair to a row.</summary>
    public void Pairs(IEnumerable<(string Name, string Value, bool IsHash)> pairs)
    {
        StringBuilder table = new("<div class=\"scroll\"><table class=\"pairs\"><tbody>\n");
        foreach ((string name, string value, bool isHash) in pairs)
            table.Append($"<tr><th scope=\"row\">{SvgWriter.Escape(name)}</th><td{(isHash ? " class=\"hash\"" : "")}>{SvgWriter.Escape(value)}</td></tr>\n");
        Html(table.Append("</tbody></table></div>\n").ToString());
    }

    /// <summary>Headline facts: a name, the value in large type, and what belongs to it.</summary>
    public void Facts(IEnumerable<(string Name, string Value, string Note)> facts)
    {
        StringBuilder list = new("<dl class=\"facts\">\n");
        foreach ((string name, string value, string note) in facts)
            list.Append($"<div><dt>{SvgWriter.Escape(name)}</dt><dd><b>{SvgWriter.Escape(value)}</b><span>{SvgWriter.Escape(note)}</span></dd></div>\n");
        Html(list.Append("</dl>\n").ToString());
    }

    /// <summary>Text as it is, such as a command or a file.</summary>
    public void Preformatted(string text) => Html($"<pre>{SvgWriter.Escape(text.TrimEnd())}</pre>\n");

    /// <summary>Begins a part that is folded on the screen; on paper it is unfolded, unless it is <paramref name="bulk"/>, and then left out.</summary>
    public void BeginFolded(string summary, bool bulk) => Html($"<details{(bulk ? " class=\"bulk\"" : "")}><summary>{SvgWriter.Escape(summary)}</summary>\n");

    /// <summary>Ends what <see cref="BeginFolded"/> began.</summary>
    public void EndFolded() => Html("</details>\n");

    /// <summary>The whole page.</summary>
    public string ToHtml(string title, string heading, string subheading, string version)
    {
        EndFigures();
        return $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width,initial-scale=1">
            <meta name="generator" content="Federated {SvgWriter.Escape(version)}">
            <title>{SvgWriter.Escape(title)}</title>
            <style>
            {Style}</style>
            </head>
            <body>
            <main>
            <h1>{SvgWriter.Escape(heading)}</h1>
            <p class="lead">{SvgWriter.Escape(subheading)}</p>
            {this.body}<footer>Written by Federated {SvgWriter.Escape(version)}. kB, MB and GB are powers of 1000. Bytes are of encoded payloads, counted as they crossed.</footer>
            </main>
            </body>
            </html>

            """;
    }

    private static void Row(StringBuilder table, IReadOnlyList<string> cells, string element, int[] words)
    {
        table.Append("<tr>");
        for (int column = 0; column < cells.Count; column++)
        {
            string style = words.Contains(column) ? " class=\"words\"" : "";
            table.Append($"<{element}{style}{(element == "th" ? " scope=\"col\"" : "")}>{SvgWriter.Escape(cells[column])}</{element}>");
        }

        table.Append("</tr>\n");
    }

    private void Html(string html)
    {
        EndFigures();
        this.body.Append(html);
    }

    private void EndFigures()
    {
        if (figures)
            this.body.Append("</div>\n");
        figures = false;
    }
}
