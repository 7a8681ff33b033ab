using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;

namespace Federated.Methods.Experiments.Reading;

/// <summary>How a property appears in an experiment file.</summary>
internal enum SpecShape
{
    /// <summary>One value.</summary>
    Scalar,

    /// <summary>A section with keys of its own.</summary>
    Section,

    /// <summary>A list of sections.</summary>
    List,

    /// <summary>A section whose record the key <c>name</c> chooses.</summary>
    Method,
}

/// <summary>One key of a section, with everything its attributes say.</summary>
internal sealed class SpecProperty
{
    /// <summary>Reads the attributes of a property.</summary>
    public SpecProperty(PropertyInfo info)
    {
        Info = info;
        Key = JsonNamingPolicy.CamelCase.ConvertName(info.Name);
        Type? underlying = Nullable.GetUnderlyingType(info.PropertyType);
        ValueType = underlying ?? info.PropertyType;
        IsNullable = underlying is not null
            || (!info.PropertyType.IsValueType && new NullabilityInfoContext().Create(info).ReadState == NullabilityState.Nullable);
        Shape = ShapeOf(info, ValueType);
        if (Shape == SpecShape.List)
            ItemType = ValueType.GetGenericArguments()[0];
        Description = info.GetCustomAttribute<DescriptionAttribute>()?.Description;
        Range = info.GetCustomAttribute<RangeAttribute>();
        AllowedValues = [.. info.GetCustomAttribute<AllowedValuesAttribute>()?.Values.Cast<string>() ?? []];
        Pattern = info.GetCustomAttribute<RegularExpressionAttribute>();
        IsRequired = info.GetCustomAttribute<RequiredAttribute>() is not null;
        UsedWhen = info.GetCustomAttribute<UsedWhenAttribute>();
    }

    /// <summary>The key in the file.</summary>
    public string Key { get; }

    /// <summary>The property itself.</summary>
    public PropertyInfo Info { get; }

    /// <summary>Its type, without <see cref="Nullable{T}"/>.</summary>
    public Type ValueType { get; }

    /// <summary>The record of a list's items; null unless <see cref="Shape"/> is a list.</summary>
    public Type? ItemType { get; }

    /// <summary>How it appears in a file.</summary>
    public SpecShape Shape { get; }

    /// <summary>Whether <c>null</c> is a value.</summary>
    public bool IsNullable { get; }

    /// <summary>Whether the file must give it.</summary>
    public bool IsRequired { get; }

    /// <summary>What it means, for people; null for sections.</summary>
    public string? Description { get; }

    /// <summary>The numbers it may have, or null for all of its type.</summary>
    public RangeAttribute? Range { get; }

    /// <summary>The words it may have; empty for any.</summary>
    public ImmutableArray<string> AllowedValues { get; }

    /// <summary>The form of its text, or null.</summary>
    public RegularExpressionAttribute? Pattern { get; }

    /// <summary>When it counts, or null for always.</summary>
    public UsedWhenAttribute? UsedWhen { get; }

    private static SpecShape ShapeOf(PropertyInfo info, Type type)
    {
        if (ScalarFormat.Supports(type))
            return SpecShape.Scalar;
        if (type == typeof(MethodSpec))
            return SpecShape.Method;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) && IsRecord(type.GetGenericArguments()[0]))
            return SpecShape.List;
        if (IsRecord(type))
            return SpecShape.Section;
        throw new InvalidOperationException($"{info.DeclaringType!.Name}.{info.Name} has the type {type.Name}, which an experiment file cannot hold");
    }

    private static bool IsRecord(Type type) => type is { IsClass: true, IsAbstract: false } && type != typeof(string) && type.GetConstructor(Type.EmptyTypes) is not null;
}
