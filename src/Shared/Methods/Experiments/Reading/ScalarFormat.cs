using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Federated.Methods.Experiments.Reading;

/// <summary>Single values between text and their types, the same in both directions on every machine.</summary>
internal static class ScalarFormat
{
    /// <summary>Whether a type is a single value.</summary>
    public static bool Supports(Type type) =>
        type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(long) || type == typeof(ulong) || type == typeof(double);

    /// <summary>The value of a scalar of the file, checked against everything the property's attributes demand.</summary>
    /// <exception cref="ExperimentFileException">It has the wrong type or is out of range.</exception>
    public static object Read(ConfigScalar scalar, SpecProperty property, string path)
    {
        if (property.ValueType == typeof(string))
            return ReadText(scalar, property, path);
        if (scalar.IsQuoted)
            throw new ExperimentFileException(scalar.Position, path, $"expected {Expected(property.ValueType)} and found the text \"{scalar.Text}\"", "remove the quotes");
        return property.ValueType == typeof(bool) ? ReadFlag(scalar, path) : ReadNumber(scalar, property, path);
    }

    /// <summary>A value as YAML and JSON both read it back to the same bits; text is left as it is.</summary>
    public static string Write(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => WriteNumber(number),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    /// <summary>The range in words: "1 to 10", "at least 1".</summary>
    public static string Describe(RangeAttribute range)
    {
        double minimum = Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), maximum = Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture);
        return maximum is int.MaxValue or >= long.MaxValue ? $"at least {WriteNumber(minimum)}" : $"{WriteNumber(minimum)} to {WriteNumber(maximum)}";
    }

    private static object ReadText(ConfigScalar scalar, SpecProperty property, string path)
    {
        string text = scalar.Text;
        if (property.AllowedValues.Length > 0 && !property.AllowedValues.Contains(text))
            throw new ExperimentFileException(scalar.Position, path, $"'{text}' is not one of {string.Join(", ", property.AllowedValues)}", Suggest(text, property));
        if (text.Length == 0 && property.IsRequired)
            throw new ExperimentFileException(scalar.Position, path, "the text is empty", "give a value");
        if (property.Pattern is { } pattern && !pattern.IsValid(text))
            throw new ExperimentFileException(scalar.Position, path, $"'{text}' does not have the form {pattern.Pattern}", "use letters, digits, '.', '_' and '-', a letter or digit first");
        return text;
    }

    private static string? Suggest(string text, SpecProperty property) =>
        NearestName.Of(text, property.AllowedValues) is string near ? $"did you mean '{near}'?" : null;

    private static object ReadFlag(ConfigScalar scalar, string path) => scalar.Text switch
    {
        "true" => true,
        "false" => false,
        _ => throw new ExperimentFileException(scalar.Position, path, $"expected true or false and found {scalar.Kind}", scalar.Text.ToLowerInvariant() switch
        {
            "yes" or "on" or "y" or "1" or "true" => "write true",
            "no" or "off" or "n" or "0" or "false" => "write false",
            _ => null,
        }),
    };

    private static object ReadNumber(ConfigScalar scalar, SpecProperty property, string path)
    {
        Type type = property.ValueType;
        object? value = null;
        if (type == typeof(int) && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int small))
            value = small;
        else if (type == typeof(long) && long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long large))
            value = large;
        else if (type == typeof(ulong) && ulong.TryParse(scalar.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong natural))
            value = natural;
        else if (type == typeof(double) && double.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double real) && double.IsFinite(real))
            value = real == 0 ? 0.0 : real; // −0 would be written as "-0" and compare equal to 0: one zero is enough

        if (value is null)
        {
            string? remedy = property.Range is { } all ? $"give a number, {Describe(all)}" : null;
            throw new ExperimentFileException(scalar.Position, path, $"expected {Expected(type)} and found {scalar.Kind}", remedy);
        }

        if (property.Range is { } range)
        {
            double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
            if (number < Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture) || number > Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture))
                throw new ExperimentFileException(scalar.Position, path, $"{scalar.Text} is out of range", $"choose {Describe(range)}");
        }

        return value;
    }

    /// <summary>The shortest text that reads back to the same number, in the form YAML and JSON share: 0.05, 1e-06, 1e+18.</summary>
    private static string WriteNumber(double number) => number.ToString("R", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal);

    private static string Expected(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(double) ? "a number"
        : type == typeof(ulong) ? "a whole number from 0 to 18446744073709551615"
        : "a whole number";
}
