using System.Collections;
using System.Text;
using System.Text.Json;
using Federated.Methods.Experiments.Reading;
using Federated.Methods.Pretraining;

namespace Federated.Methods.Experiments;

/// <summary>
/// Writes an experiment with every default filled in, in the order of declaration: the same experiment gives the same text on every machine, and
/// <see cref="ExperimentReader"/> reads it back to an equal one. Options that do not count in the chosen variant are left out.
/// </summary>
public static class ExperimentWriter
{
    /// <summary>The experiment as an experiment file.</summary>
    public static string ToYaml(ExperimentSpec spec) => Yaml(spec);

    /// <summary>The pre-training as a file for <c>federated pretrain</c>.</summary>
    public static string ToYaml(PretrainSpec spec) => Yaml(spec);

    private static string Yaml(object spec)
    {
        StringBuilder text = new();
        WriteSection(text, spec, "");
        return text.ToString();
    }

    /// <summary>The experiment as JSON with the same keys, indented, ending with a line break.</summary>
    public static string ToJson(ExperimentSpec spec)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            WriteSection(json, spec);
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>Text as a YAML value: plain where it can be, otherwise in double quotes.</summary>
    internal static string Quote(string text)
    {
        bool plain = text.Length > 0 && text is not ("null" or "true" or "false") && char.IsAsciiLetter(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/');
        if (plain)
            return text;

        StringBuilder quoted = new("\"");
        foreach (char c in text)
        {
            quoted.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                // Surrogates stay as they are: a pair of \u escapes is two characters in YAML.
                < ' ' or (>= '\x7f' and < '\xa0') or '\u2028' or '\u2029' or '\ufeff' => $"\\u{(int)c:x4}",
                _ => c.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }

    private static IEnumerable<(SpecProperty Property, object? Value)> Used(object record)
    {
        SpecType type = SpecType.Of(record.GetType());
        return type.Properties.Where(property => type.IsUsed(property, record)).Select(property => (property, property.Info.GetValue(record)));
    }

    private static void WriteSection(StringBuilder text, object record, string indent)
    {
        if (record is MethodSpec method)
            text.Append(indent).Append("name: ").Append(Quote(method.Name)).Append('\n');
        foreach ((SpecProperty property, object? value) in Used(record))
        {
            text.Append(indent).Append(property.Key).Append(':');
            switch (property.Shape)
            {
                case SpecShape.Scalar:
                    text.Append(' ').Append(value switch { null => "null", string words => Quote(words), _ => ScalarFormat.Write(value) }).Append('\n');
                    break;
                case SpecShape.List:
                    WriteList(text, (IEnumerable)value!, indent);
                    break;
                default:
                    text.Append('\n');
                    WriteSection(text, value!, indent + "  ");
                    break;
            }
        }
    }

    private static void WriteList(StringBuilder text, IEnumerable items, string indent)
    {
        bool any = false;
        foreach (object item in items)
        {
            text.Append(any ? "" : "\n");
            any = true;
            StringBuilder section = new();
            WriteSection(section, item, indent + "    ");
            // The first key of an item stands behind its dash.
            text.Append(indent).Append("  - ").Append(section, indent.Length + 4, section.Length - indent.Length - 4);
        }

        text.Append(any ? "" : " []\n");
    }

    private static void WriteSection(Utf8JsonWriter json, object record)
    {
        json.WriteStartObject();
        if (record is MethodSpec method)
            json.WriteString("name", method.Name);
        foreach ((SpecProperty property, object? value) in Used(record))
        {
            json.WritePropertyName(property.Key);
            switch (property.Shape)
            {
                case SpecShape.Scalar when value is null:
                    json.WriteNullValue();
                    break;
                case SpecShape.Scalar when value is string words:
                    json.WriteStringValue(words);
                    break;
                case SpecShape.Scalar:
                    json.WriteRawValue(ScalarFormat.Write(value));
                    break;
                case SpecShape.List:
                    json.WriteStartArray();
                    foreach (object item in (IEnumerable)value!)
                        WriteSection(json, item);
                    json.WriteEndArray();
                    break;
                default:
                    WriteSection(json, value!);
                    break;
            }
        }

        json.WriteEndObject();
    }
}
