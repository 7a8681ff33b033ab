using System.Collections;
using System.Collections.Immutable;
using System.Reflection;

namespace Federated.Methods.Experiments.Reading;

/// <summary>Fills the records of the specification from a configuration tree. It knows no key by name but a method's <c>name</c>.</summary>
/// <param name="whole">What the file as a whole is called in messages.</param>
internal sealed class SpecBinder(string whole)
{
    private readonly Dictionary<string, SourcePosition> positions = new(StringComparer.Ordinal);

    /// <summary>The specification that a tree describes, every default filled in.</summary>
    /// <exception cref="ExperimentFileException">A key is unknown or missing, or a value is wrong.</exception>
    public TSpec Bind<TSpec>(ConfigMapping root)
        where TSpec : class, new()
    {
        TSpec spec = new();
        BindSection(root, spec, "");
        return spec;
    }

    /// <summary>Where a key's value was given, or the section that would hold it.</summary>
    public SourcePosition PositionOf(string path)
    {
        for (string at = path; ; at = at[..Math.Max(0, at.LastIndexOf('.'))])
        {
            if (positions.TryGetValue(at, out SourcePosition position))
                return position;
            if (at.Length == 0)
                throw new InvalidOperationException("nothing is bound yet");
        }
    }

    /// <summary>Sets the given keys on a record that is new and held by nobody else, then looks for missing and pointless ones.</summary>
    private void BindSection(ConfigMapping section, object record, string path)
    {
        positions[path] = section.Position;
        SpecType type = SpecType.Of(record.GetType());
        bool isMethod = record is MethodSpec;
        foreach (ConfigEntry entry in section.Entries)
        {
            if (isMethod && entry.Key == "name")
                continue;
            SpecProperty property = type.Find(entry.Key) ?? throw UnknownKey(entry, type, path, isMethod);
            string at = Join(path, entry.Key);
            positions[at] = entry.Value.Position;
            property.Info.SetValue(record, BindValue(entry, property, record, at));
        }

        foreach (SpecProperty property in type.Properties)
        {
            string at = Join(path, property.Key);
            ConfigEntry? given = section.Find(property.Key);
            if (given is null && property.IsRequired)
                throw Missing(section.Position, at, property);
            if (given is null && property.Shape == SpecShape.Section)
                RequireNothing(SpecType.Of(property.ValueType), section.Position, at);
            if (given is not null && !type.IsUsed(property, record))
                throw Pointless(given, property, type, record, at);
        }
    }

    /// <summary>A section that is not there must have no required keys.</summary>
    private static void RequireNothing(SpecType type, SourcePosition position, string path)
    {
        foreach (SpecProperty property in type.Properties)
        {
            string at = Join(path, property.Key);
            if (property.IsRequired)
                throw Missing(position, at, property);
            if (property.Shape == SpecShape.Section)
                RequireNothing(SpecType.Of(property.ValueType), position, at);
        }
    }

    private object? BindValue(ConfigEntry entry, SpecProperty property, object record, string path)
    {
        ConfigNode node = entry.Value;
        if (node is ConfigScalar { IsNull: true })
        {
            if (property.IsNullable)
                return null;
            throw new ExperimentFileException(entry.Position, path, "the key has no value", "give one, or remove the key for its default");
        }

        switch (property.Shape)
        {
            case SpecShape.Scalar:
                ConfigScalar scalar = node as ConfigScalar ?? throw WrongShape(node, path, "one value", "write `key: value`");
                return ScalarFormat.Read(scalar, property, path);
            case SpecShape.Section:
                // The parent's default, not the section record's own: a parent may start its section from other values.
                object section = property.Info.GetValue(record)!;
                BindSection(node as ConfigMapping ?? throw WrongShape(node, path, "a section of keys", KeysOf(SpecType.Of(property.ValueType))), section, path);
                return section;
            case SpecShape.List:
                return BindList(node as ConfigSequence ?? throw WrongShape(node, path, "a list", "write each item on a line of its own that starts with `- `"), property.ItemType!, path);
            default:
                return BindMethod(node as ConfigMapping ?? throw WrongShape(node, path, "a section of keys", "write `method:` and below it, indented, `name: fedavg`"), path);
        }
    }

    private object BindList(ConfigSequence list, Type itemType, string path)
    {
        Array items = Array.CreateInstance(itemType, list.Items.Count);
        for (int i = 0; i < items.Length; i++)
        {
            string at = Join(path, i.ToString());
            object item = SpecType.Of(itemType).Create();
            BindSection(list.Items[i] as ConfigMapping ?? throw WrongShape(list.Items[i], at, "a section of keys", KeysOf(SpecType.Of(itemType))), item, at);
            items.SetValue(item, i);
        }

        return typeof(SpecBinder).GetMethod(nameof(ToImmutableArray), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(itemType).Invoke(null, [items])!;
    }

    private static ImmutableArray<T> ToImmutableArray<T>(IEnumerable items) => [.. items.Cast<T>()];

    private MethodSpec BindMethod(ConfigMapping section, string path)
    {
        string at = Join(path, "name");
        ConfigEntry entry = section.Find("name")
            ?? throw new ExperimentFileException(section.Position, at, "the method's name is missing", $"choose one of: {string.Join(", ", MethodCatalog.Names)}");
        positions[at] = entry.Value.Position;
        if (entry.Value is not ConfigScalar { IsNull: false } name)
            throw WrongShape(entry.Value, at, "the name of a method", $"choose one of: {string.Join(", ", MethodCatalog.Names)}");
        MethodEntry method = MethodCatalog.Find(name.Text)
            ?? throw new ExperimentFileException(name.Position, at, $"there is no method '{name.Text}'", NearestName.Remedy(name.Text, MethodCatalog.Names));
        MethodSpec options = method.DefaultOptions();
        BindSection(section, options, path);
        return options;
    }

    private ExperimentFileException UnknownKey(ConfigEntry entry, SpecType type, string path, bool isMethod)
    {
        string[] keys = [.. isMethod ? ["name"] : Array.Empty<string>(), .. type.Properties.Select(property => property.Key)];
        string place = path.Length == 0 ? whole : $"`{path}`";
        string? near = NearestName.Of(entry.Key, keys);
        string remedy = near is not null ? $"did you mean '{near}'?"
            : keys.Length == 0 ? "it has none"
            : $"its keys are: {string.Join(", ", keys)}";
        return new(entry.Position, Join(path, entry.Key), $"{place} has no such key", remedy);
    }

    private static ExperimentFileException Pointless(ConfigEntry given, SpecProperty property, SpecType type, object record, string path)
    {
        SpecProperty governor = type.Governor(property);
        string wanted = string.Join(" or ", property.UsedWhen!.Values);
        return new(given.Position, path, $"`{property.Key}` is only used by {governor.Key} {wanted}, and {governor.Key} is {governor.Info.GetValue(record)}", "remove one or change the other");
    }

    private static ExperimentFileException Missing(SourcePosition position, string path, SpecProperty property) =>
        new(position, path, "the value is missing", property.Description is null ? "add it" : $"add it ({property.Description.TrimEnd('.')})");

    private static ExperimentFileException WrongShape(ConfigNode node, string path, string expected, string remedy) =>
        new(node.Position, path, $"expected {expected} and found {node.Kind}", remedy);

    private static string KeysOf(SpecType type) => $"its keys are: {string.Join(", ", type.Properties.Select(property => property.Key))}";

    private static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";
}
