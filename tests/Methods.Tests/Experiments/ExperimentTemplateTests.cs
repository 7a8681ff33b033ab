using Federated.Methods.Experiments;
using Federated.Methods.Experiments.Reading;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class ExperimentTemplateTests
{
    public static TheoryData<string> Methods => [.. MethodCatalog.Names];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_template_reads_as_the_defaults(string name)
    {
        MethodEntry method = MethodCatalog.Find(name)!;

        ExperimentSpec spec = Samples.Parse(ExperimentTemplate.For(method));

        Assert.Equal(new ExperimentSpec { Name = name, Method = method.DefaultOptions() }, spec);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_template_names_every_key_with_its_meaning(string name)
    {
        MethodEntry method = MethodCatalog.Find(name)!;
        string text = ExperimentTemplate.For(method);
        IEnumerable<string> ofMethod = SpecType.Of(method.OptionsType).Properties.Where(static property => property.Shape == SpecShape.Scalar).Select(static property => property.Key + ":");

        foreach (string key in (string[])["alpha:", "share:", "memoryBytes:", "final:", "path:", .. ofMethod])
            Assert.Contains(text.Split('\n'), line => line.TrimStart('#', ' ', '-').StartsWith(key, StringComparison.Ordinal) && line.Contains(" # ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_device_list_works_when_its_comment_marks_are_removed()
    {
        string[] lines = ExperimentTemplate.For(MethodCatalog.Find("fedavg")!).Split('\n');
        int first = Array.FindIndex(lines, line => line.StartsWith("#   devices:", StringComparison.Ordinal));
        for (int i = first; lines[i].StartsWith("#   ", StringComparison.Ordinal); i++)
            lines[i] = lines[i][2..];

        Assert.Equal<DeviceShareSpec>([new()], Samples.Parse(string.Join('\n', lines)).Clients.Devices);
    }

    [Fact]
    public void Every_value_of_the_specification_has_a_description()
    {
        IEnumerable<Type> records = [typeof(ExperimentSpec), .. MethodCatalog.All.Select(method => method.OptionsType)];

        Assert.Empty(records.SelectMany(type => Undescribed(SpecType.Of(type))));
    }

    private static IEnumerable<string> Undescribed(SpecType type) => type.Properties.SelectMany(property => property.Shape switch
    {
        SpecShape.Section => Undescribed(SpecType.Of(property.ValueType)),
        SpecShape.List => Undescribed(SpecType.Of(property.ItemType!)),
        SpecShape.Scalar when property.Description is null => [$"{type.Type.Name}.{property.Info.Name}"],
        _ => [],
    });
}
