using System.Collections;
using System.Collections.Immutable;
using System.Text.Json;
using Federated.Methods.Experiments;
using Federated.Methods.Experiments.Reading;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class ExperimentWriterTests
{
    [Fact]
    public void Yaml_states_every_default_in_order()
    {
        string yaml = ExperimentWriter.ToYaml(Samples.Parse(Samples.Shortest + "\nclients:\n  devices:\n    - { profile: board, latencySeconds: 1e-6 }\n    - profile: phone\n"));

        Assert.StartsWith("name: small\nseed: 1\nrounds: 20\ndata:\n  set: synthetic\n  path: null\n", yaml, StringComparison.Ordinal);
        Assert.Contains("  partition:\n    kind: iid\n  devices:\n    - profile: board\n      share: 1\n      memoryBytes: null\n", yaml, StringComparison.Ordinal);
        Assert.Contains("      latencySeconds: 1e-06\n    - profile: phone\n", yaml, StringComparison.Ordinal);
        Assert.Contains("\nmethod:\n  name: fedavg\n", yaml, StringComparison.Ordinal);
        Assert.DoesNotContain("alpha", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_experiment_is_read_back_equal_from_its_yaml_and_its_json()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.GeneratorFor<int>().ToArbitrary(), seed =>
        {
            ExperimentSpec spec = new SpecGenerator(seed).Experiment();
            string yaml = ExperimentWriter.ToYaml(spec), json = ExperimentWriter.ToJson(spec);

            // JSON is YAML; the strict JSON reader has to agree that it is JSON too.
            using JsonDocument document = JsonDocument.Parse(json);
            return SpecEquality.Same(spec, Samples.Parse(yaml)) && SpecEquality.Same(spec, Samples.Parse(json)) && ExperimentWriter.ToYaml(Samples.Parse(yaml)) == yaml;
        }));
    }

    [Fact]
    public void Any_text_survives_quoting()
    {
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.GeneratorFor<string>().Where(text => text is not null && !text.Any(char.IsSurrogate)).ToArbitrary(), text =>
        {
            ExperimentSpec spec = Samples.Parse(Samples.Shortest) with { Data = new() { Set = "synthetic", Path = text } };
            return Samples.Parse(ExperimentWriter.ToYaml(spec)).Data.Path == text;
        }));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("5")]
    [InlineData("a: b # c")]
    [InlineData("C:\\data\\\"x\"\t\n\u0000")]
    [InlineData("😀")]
    public void Text_that_looks_like_something_else_survives(string text) =>
        Assert.Equal(text, Samples.Parse(ExperimentWriter.ToYaml(Samples.Parse(Samples.Shortest) with { Data = new() { Set = "synthetic", Path = text } })).Data.Path);
}

/// <summary>Compares records value by value; a record's own equality compares immutable arrays by reference.</summary>
internal static class SpecEquality
{
    public static bool Same(object? a, object? b)
    {
        if (a is null || b is null || a is string || a.GetType().IsPrimitive)
            return Equals(a, b);
        if (a.GetType() != b.GetType())
            return false;
        if (a is IEnumerable items)
            return items.Cast<object>().Zip(((IEnumerable)b).Cast<object>(), Same).All(same => same) && items.Cast<object>().Count() == ((IEnumerable)b).Cast<object>().Count();
        return SpecType.Of(a.GetType()).Properties.All(property => Same(property.Info.GetValue(a), property.Info.GetValue(b)));
    }
}

/// <summary>Draws valid experiments: every option that counts gets a value within its bounds.</summary>
internal sealed class SpecGenerator(int seed)
{
    private ulong state = (ulong)seed * 0x9E3779B97F4A7C15UL + 1;

    public ExperimentSpec Experiment()
    {
        ExperimentSpec spec = (ExperimentSpec)Fill(typeof(ExperimentSpec));
        return spec with
        {
            Name = "n" + Next() % 1000,
            Data = spec.Data with { Set = Pick("synthetic", "cifar-10"), PadTo = (int)(32 + Next() % 100) * (int)(Next() % 2), Augmentation = spec.Data.Augmentation with { Cutout = (int)(Next() % 28) } },
            Model = spec.Model with { Name = "tiny" },
            Clients = spec.Clients with { PerRound = (int)(Next() % (ulong)spec.Clients.Count) },
            Training = spec.Training with
            {
                Optimizer = spec.Training.Optimizer with { Nesterov = spec.Training.Optimizer.Nesterov && spec.Training.Optimizer.Momentum > 0 },
                LearningRate = spec.Training.LearningRate with { Final = Math.Min(spec.Training.LearningRate.Initial, spec.Training.LearningRate.Final) },
            },
        };
    }

    private object Fill(Type type)
    {
        SpecType spec = SpecType.Of(type);
        object record = spec.Create();
        // Options without a condition first: they decide whether the others count.
        foreach (SpecProperty property in spec.Properties.OrderBy(property => property.UsedWhen is not null))
        {
            if (spec.IsUsed(property, record))
                property.Info.SetValue(record, Value(property));
        }

        return record;
    }

    private object? Value(SpecProperty property) => property.Shape switch
    {
        SpecShape.Section => Fill(property.ValueType),
        SpecShape.Method => Fill(MethodCatalog.All[(int)(Next() % (ulong)MethodCatalog.All.Length)].OptionsType),
        SpecShape.List => Enumerable.Range(0, (int)(Next() % 4)).Select(_ => (DeviceShareSpec)Fill(property.ItemType!)).ToImmutableArray(),
        _ => property.IsNullable && Next() % 2 == 0 ? null : Scalar(property),
    };

    private object Scalar(SpecProperty property)
    {
        if (property.ValueType == typeof(string))
            return property.AllowedValues.Length > 0 ? Pick([.. property.AllowedValues]) : property.Key == "profile" ? Pick("phone", "board") : $"text {Next()}";
        if (property.ValueType == typeof(bool))
            return Next() % 2 == 0;
        if (property.ValueType == typeof(ulong))
            return Next();
        double low = Convert.ToDouble(property.Range!.Minimum), high = Convert.ToDouble(property.Range.Maximum);
        double value = low + (high - low) * (Next() % 1_000_003 / 1_000_003.0) * (Next() % 2 == 0 ? 1 : 1e-7);
        return property.ValueType == typeof(double) ? value : property.ValueType == typeof(long) ? (long)value : (object)(int)value;
    }

    private string Pick(params string[] words) => words[(int)(Next() % (ulong)words.Length)];

    // SplitMix64 (Steele, Lea and Flood 2014): enough for test data.
    private ulong Next()
    {
        ulong z = state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
