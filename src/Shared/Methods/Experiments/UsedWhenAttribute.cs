namespace Federated.Methods.Experiments;

/// <summary>
/// The option has a meaning only while another option of the same record has one of some values. Giving it otherwise is an error of the experiment file,
/// because an option without effect is a misunderstanding that no result would show.
/// </summary>
/// <param name="property">Name of the other property; its type is <see cref="string"/>.</param>
/// <param name="values">The values that make this option count.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UsedWhenAttribute(string property, params string[] values) : Attribute
{
    /// <summary>Name of the property that decides.</summary>
    public string Property { get; } = property;

    /// <summary>The values that make this option count.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}
