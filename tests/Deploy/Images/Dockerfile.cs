using System.Text.RegularExpressions;

namespace Federated.Deploy.Tests.Images;

/// <summary>One instruction: its name and the rest of its lines, joined.</summary>
internal sealed record Instruction(string Name, string Rest);

/// <summary>A stage: from its <c>FROM</c> to the next.</summary>
/// <param name="Name">What later stages call it; null where it has no name.</param>
/// <param name="From">The image or stage that it begins with.</param>
/// <param name="Instructions">All that follows.</param>
internal sealed record Stage(string? Name, string From, IReadOnlyList<Instruction> Instructions);

/// <summary>A <c>COPY</c> from the files that the builder is given, or from another stage.</summary>
internal sealed record Copy(string? FromStage, IReadOnlyList<string> Sources, string Target);

/// <summary>The repository's <c>Dockerfile</c>, as far as these tests have to understand it.</summary>
internal sealed partial class Dockerfile
{
    private Dockerfile(IReadOnlyList<Instruction> arguments, IReadOnlyList<Stage> stages)
    {
        Arguments = arguments;
        Stages = stages;
    }

    /// <summary>The arguments before the first stage: what a user can set about the images.</summary>
    public IReadOnlyList<Instruction> Arguments { get; }

    /// <summary>The stages in their order; the last is the image.</summary>
    public IReadOnlyList<Stage> Stages { get; }

    /// <summary>The user that the image runs as.</summary>
    public string User => Last("USER");

    /// <summary>Reads it.</summary>
    public static Dockerfile Read()
    {
        string text = Comment().Replace(File.ReadAllText(Repository.At("Dockerfile")), "");
        List<Instruction> arguments = [];
        List<Stage> stages = [];
        foreach (string line in Continuation().Replace(text, " ").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            Instruction instruction = new(parts[0], parts[1]);
            if (instruction.Name == "FROM")
            {
                string[] words = [.. instruction.Rest.Split(' ').Where(static word => !word.StartsWith("--", StringComparison.Ordinal))];
                stages.Add(new Stage(words.Length == 3 ? words[2] : null, words[0], new List<Instruction>()));
            }
            else if (stages.Count == 0)
            {
                arguments.Add(instruction);
            }
            else
            {
                ((List<Instruction>)stages[^1].Instructions).Add(instruction);
            }
        }

        return new Dockerfile(arguments, stages);
    }

    /// <summary>What the last instruction of that name in the image's stage says.</summary>
    public string Last(string name) => Stages[^1].Instructions.Last(instruction => instruction.Name == name).Rest;

    /// <summary>What a stage copies.</summary>
    public static IReadOnlyList<Copy> Copies(Stage stage) =>
    [
        .. stage.Instructions.Where(static instruction => instruction.Name == "COPY").Select(static instruction =>
        {
            string[] words = instruction.Rest.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            string? from = words.FirstOrDefault(static word => word.StartsWith("--from=", StringComparison.Ordinal))?["--from=".Length..];
            string[] places = [.. words.Where(static word => !word.StartsWith("--", StringComparison.Ordinal))];
            return new Copy(from, places[..^1], places[^1]);
        }),
    ];

    [GeneratedRegex("^\\s*#.*\\n", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Comment();

    [GeneratedRegex("\\\\\\n\\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Continuation();
}
