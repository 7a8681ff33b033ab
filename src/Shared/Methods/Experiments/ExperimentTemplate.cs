using System.Text;
using Federated.Methods.Experiments.Reading;

namespace Federated.Methods.Experiments;

/// <summary>A commented experiment file for a method: every key with its default and what it means, the ones without effect commented out.</summary>
public static class ExperimentTemplate
{
    // Comments start in this column where the value leaves room, so that keys and meanings read as two columns.
    private const int CommentColumn = 34;

    /// <summary>The file for a method; reading it gives the defaults.</summary>
    public static string For(MethodEntry method)
    {
        ExperimentSpec spec = new() { Name = method.Name, Method = method.DefaultOptions() };
        StringBuilder text = new();
        text.Append("# ").Append(method.Summary).Append(".\n");
        text.Append("# Every line but `name:`, `data: set:`, `model: name:` and `method: name:` may be left out; its value here is the default.\n");
        WriteSection(text, spec, "", isShown: true);
        return text.ToString();
    }

    private static void WriteSection(StringBuilder text, object record, string indent, bool isShown)
    {
        SpecType type = SpecType.Of(record.GetType());
        if (record is MethodSpec method)
            WriteLine(text, isShown, indent, $"name: {method.Name}", "The federated method; see `federated list`.");
        foreach (SpecProperty property in type.Properties)
        {
            object? value = property.Info.GetValue(record);
            switch (property.Shape)
            {
                case SpecShape.Scalar:
                    string shown = value switch { null => "null", string words => ExperimentWriter.Quote(words), _ => ScalarFormat.Write(value) };
                    WriteLine(text, isShown && value is not null && type.IsUsed(property, record), indent, $"{property.Key}: {shown}", Comment(property));
                    break;
                case SpecShape.List:
                    // An empty list is the default; one item shows what could stand there.
                    WriteLine(text, isShown: false, indent, $"{property.Key}:", "A list; without it the default counts.");
                    StringBuilder item = new();
                    WriteSection(item, SpecType.Of(property.ItemType!).Create(), indent + "    ", isShown: false);
                    item[2 + indent.Length + 2] = '-'; // behind "# " and two levels before the first key
                    text.Append(item);
                    break;
                default:
                    WriteLine(text, isShown, indent, $"{property.Key}:", null);
                    WriteSection(text, value!, indent + "  ", isShown);
                    break;
            }
        }
    }

    private static string? Comment(SpecProperty property) =>
        property.Range is { } range && property.Description is { } description ? $"{description.TrimEnd('.')}; {ScalarFormat.Describe(range)}." : property.Description;

    private static void WriteLine(StringBuilder text, bool isShown, string indent, string content, string? comment)
    {
        string line = isShown ? indent + content : "# " + indent + content;
        text.Append(comment is null ? line : $"{line.PadRight(CommentColumn)} # {comment}").Append('\n');
    }
}
