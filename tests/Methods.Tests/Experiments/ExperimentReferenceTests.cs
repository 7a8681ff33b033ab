using System.Text;
using Federated.Methods.Experiments;
using Federated.Methods.Experiments.Reading;
using Federated.Methods.Pretraining;
using Federated.TestKit;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

/// <summary>Keeps <c>docs/experiment-keys.md</c> equal to what the records say.</summary>
public sealed class ExperimentReferenceTests
{
    [Fact]
    public void The_documentation_lists_every_key_as_it_is()
    {
        StringBuilder page = new("# All keys of an experiment file\n\nWritten by a test from the program itself; see [experiment files](experiment-file.md) for the rules.\n");
        page.Append("\n## The experiment\n\n");
        Table(page, new ExperimentSpec(), "");
        foreach (MethodEntry method in MethodCatalog.All)
        {
            page.Append($"\n## `method: name: {method.Name}`\n\n{method.Summary}.\n\n");
            if (SpecType.Of(method.OptionsType).Properties.IsEmpty)
                page.Append("It has no options.\n");
            else
                Table(page, method.DefaultOptions(), "method.");
        }

        page.Append("\n## A pre-training file\n\nWhat `federated pretrain` reads; see [pre-training](pretraining.md). `data` and `model` have the keys above.\n\n");
        page.Append("| key | values | default | meaning |\n| --- | --- | --- | --- |\n");
        PretrainSpec pretraining = new();
        foreach (SpecProperty property in SpecType.Of(typeof(PretrainSpec)).Properties)
        {
            if (property.ValueType != typeof(DataSpec) && property.ValueType != typeof(ModelSpec))
                Row(page, property, property.Info.GetValue(pretraining), property.Key);
        }

        GoldenFile.AssertMatches("docs/experiment-keys.md", page.ToString());
    }

    private static void Table(StringBuilder page, object record, string prefix)
    {
        page.Append("| key | values | default | meaning |\n| --- | --- | --- | --- |\n");
        Rows(page, record, prefix);
    }

    private static void Rows(StringBuilder page, object record, string prefix)
    {
        foreach (SpecProperty property in SpecType.Of(record.GetType()).Properties)
            Row(page, property, property.Info.GetValue(record), prefix + property.Key);
    }

    private static void Row(StringBuilder page, SpecProperty property, object? value, string key)
    {
        switch (property.Shape)
        {
            case SpecShape.Section:
                Rows(page, value!, key + ".");
                break;
            case SpecShape.List:
                Rows(page, SpecType.Of(property.ItemType!).Create(), $"{key}.N.");
                break;
            case SpecShape.Scalar:
                string standard = property.IsRequired ? "must be given" : value is null ? "" : $"`{ScalarFormat.Write(value)}`";
                page.Append($"| `{key}` | {Values(property)} | {standard} | {property.Description} |\n");
                break;
            default:
                page.Append($"| `{key}.name` | {string.Join(", ", MethodCatalog.Names.Select(name => $"`{name}`"))} | must be given | The federated method; its options are below. |\n");
                break;
        }
    }

    private static string Values(SpecProperty property)
    {
        if (property.AllowedValues.Length > 0)
            return string.Join(", ", property.AllowedValues.Select(value => $"`{value}`"));
        string type = property.ValueType == typeof(string) ? "text" : property.ValueType == typeof(bool) ? "`true`, `false`" : property.ValueType == typeof(double) ? "number" : "whole number";
        return property.Range is { } range ? $"{type}, {ScalarFormat.Describe(range)}" : type;
    }
}
