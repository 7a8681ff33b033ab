using System.Collections.Immutable;
using Federated.Methods.Experiments;

namespace Federated.Methods.Tests.Experiments;

/// <summary>A small vocabulary and the shortest experiment file.</summary>
internal static class Samples
{
    public const string Shortest = """
        name: small
        data:
          set: synthetic
        model:
          name: tiny
        method:
          name: fedavg
        """;

    public static ExperimentVocabulary Vocabulary { get; } = new(
        ["tiny", "resnet-20", "vit", "vit-base"],
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("synthetic", 28), KeyValuePair.Create("cifar-10", 32), KeyValuePair.Create("fashion-mnist", 28)]),
        ["phone", "board"]);

    public static ExperimentReader Reader { get; } = new(Vocabulary);

    public static ExperimentSpec Parse(string text, params string[] overrides) => Reader.Parse(text, "e.yaml", overrides);

    public static ExperimentFileException Fails(string text, params string[] overrides) =>
        Xunit.Assert.Throws<ExperimentFileException>(() => Parse(text, overrides));
}
