using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;

namespace Federated.Methods.Experiments.Reading;

/// <summary>What a record of the specification looks like from an experiment file: its keys, in the order of declaration, base records first.</summary>
internal sealed class SpecType
{
    private static readonly ConcurrentDictionary<Type, SpecType> Known = new();

    private SpecType(Type type)
    {
        Type = type;
        Properties =
        [
            .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.CanWrite)
                .OrderBy(property => Depth(property.DeclaringType!))
                .ThenBy(property => property.MetadataToken)
                .Select(property => new SpecProperty(property)),
        ];
    }

    /// <summary>The record.</summary>
    public Type Type { get; }

    /// <summary>Its keys. A method's <c>name</c> is not among them: it chooses the record.</summary>
    public ImmutableArray<SpecProperty> Properties { get; }

    /// <summary>The description of a record type.</summary>
    public static SpecType Of(Type type) => Known.GetOrAdd(type, static t => new SpecType(t));

    /// <summary>A new record with every default, which nobody else holds.</summary>
    public object Create() => Activator.CreateInstance(Type)!;

    /// <summary>The property with that key, or null.</summary>
    public SpecProperty? Find(string key) => Properties.FirstOrDefault(property => property.Key == key);

    /// <summary>Whether the option counts in this record: it has no condition, or its condition holds.</summary>
    public bool IsUsed(SpecProperty property, object record) =>
        property.UsedWhen is not { } condition || condition.Values.Contains(Governor(property).Info.GetValue(record) as string, StringComparer.Ordinal);

    /// <summary>The property that decides whether a conditional one counts.</summary>
    public SpecProperty Governor(SpecProperty property) =>
        Properties.FirstOrDefault(other => other.Info.Name == property.UsedWhen!.Property)
        ?? throw new InvalidOperationException($"{Type.Name}.{property.Info.Name} depends on {property.UsedWhen!.Property}, which {Type.Name} does not have");

    private static int Depth(Type type)
    {
        int depth = 0;
        for (Type? at = type.BaseType; at is not null; at = at.BaseType)
            depth++;
        return depth;
    }
}
