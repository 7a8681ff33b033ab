using System.Globalization;

namespace Federated.Methods.Experiments.Reading;

/// <summary>Lays one <c>--set path=value</c> over a configuration tree.</summary>
internal static class ConfigOverride
{
    /// <summary>
    /// Replaces the value at the path, making sections on the way. An empty value removes the key, so that its default counts. Items of lists are numbered from 0.
    /// </summary>
    /// <exception cref="ExperimentFileException">There is no path, or it leads through something that has no keys.</exception>
    public static void Apply(ConfigMapping root, string assignment)
    {
        string source = $"--set {assignment}";
        SourcePosition position = new(source, 0, 0);
        int equals = assignment.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? assignment : assignment[..equals].Trim();
        string[] keys = path.Split('.');
        if (equals <= 0 || keys.Any(key => key.Length == 0))
            throw new ExperimentFileException(position, "", "this is not of the form path=value", "write for example --set training.epochs=2");

        string value = assignment[(equals + 1)..].Trim();
        ConfigNode? node = value.Length == 0 ? null : ConfigParser.ParseValue(source, value);
        ConfigNode at = root;
        for (int i = 0; i < keys.Length - 1; i++)
            at = Step(at, keys[i], position, string.Join('.', keys[..(i + 1)]));
        Assign(at, keys[^1], node, position, path);
    }

    private static ConfigNode Step(ConfigNode at, string key, SourcePosition position, string path)
    {
        switch (at)
        {
            case ConfigMapping mapping:
                ConfigEntry? entry = mapping.Find(key);
                if (entry is { Value: not ConfigScalar { IsNull: true } })
                    return entry.Value;
                ConfigMapping made = new(position, []);
                Replace(mapping, key, made, position);
                return made;
            case ConfigSequence list:
                return list.Items[IndexOf(list, key, position, path)];
            default:
                throw new ExperimentFileException(position, path, $"there are no keys below {at.Kind} at {at.Position}", "set the whole value instead");
        }
    }

    private static void Assign(ConfigNode at, string key, ConfigNode? value, SourcePosition position, string path)
    {
        switch (at)
        {
            case ConfigMapping mapping when value is null:
                mapping.Entries.RemoveAll(entry => entry.Key == key);
                break;
            case ConfigMapping mapping:
                Replace(mapping, key, value, position);
                break;
            case ConfigSequence list when value is null:
                list.Items.RemoveAt(IndexOf(list, key, position, path));
                break;
            case ConfigSequence list:
                list.Items[IndexOf(list, key, position, path)] = value;
                break;
            default:
                throw new ExperimentFileException(position, path, $"there are no keys below {at.Kind} at {at.Position}", "set the whole value instead");
        }
    }

    private static void Replace(ConfigMapping mapping, string key, ConfigNode value, SourcePosition position)
    {
        ConfigEntry entry = new(position, key, value);
        int index = mapping.Entries.FindIndex(existing => existing.Key == key);
        if (index < 0)
            mapping.Entries.Add(entry);
        else
            mapping.Entries[index] = entry;
    }

    private static int IndexOf(ConfigSequence list, string key, SourcePosition position, string path)
    {
        if (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < list.Items.Count)
            return index;
        throw new ExperimentFileException(position, path, $"the list at {list.Position} has {list.Items.Count} items, numbered from 0, and none is '{key}'", "set the whole list instead: [{…}, {…}]");
    }
}
