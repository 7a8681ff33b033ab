using System.CommandLine;
using Federated.Methods.Experiments;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.CommandLine;

/// <summary>The experiment file and the options that change values of it, the same for every command that takes an experiment.</summary>
internal sealed class ExperimentInput
{
    private readonly Argument<string> file;

    private readonly Option<string[]> set = new("--set")
    {
        Description = "Changes a value of the file, e.g. --set training.epochs=2; an empty value restores the default. May be given several times.",
        HelpName = "path=value",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<ulong?> seed = new("--seed") { Description = "The seed, instead of the file's.", HelpName = "N" };

    /// <summary>Adds the argument and the options to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="description">What the file is.</param>
    public ExperimentInput(Command command, string description = "The experiment file.")
    {
        file = new Argument<string>("FILE") { Description = description };
        command.Arguments.Add(file);
        command.Options.Add(set);
        command.Options.Add(this.seed);
    }

    /// <summary>Reads the experiment that the command line asks for.</summary>
    /// <exception cref="ExperimentFileException">The file or a change of it is wrong.</exception>
    public ExperimentSpec Read(ParseResult arguments) => Vocabulary.Reader.ReadFile(arguments.GetRequiredValue(file), Changes(arguments));

    /// <summary>Reads the pre-training that the command line asks for.</summary>
    /// <exception cref="ExperimentFileException">The file or a change of it is wrong.</exception>
    public PretrainSpec ReadPretraining(ParseResult arguments) => Vocabulary.Reader.ReadPretrainingFile(arguments.GetRequiredValue(file), Changes(arguments));

    private IEnumerable<string> Changes(ParseResult arguments)
    {
        IEnumerable<string> changes = arguments.GetValue(set) ?? [];
        return arguments.GetValue(this.seed) is ulong seed ? changes.Append($"seed={seed}") : changes;
    }
}
