using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Federated.Methods.Experiments.Reading;

/// <summary>
/// YAML text to <see cref="ConfigNode"/>s. Of YAML it takes what configuration needs: one document of mappings, lists and plain values. Anchors, aliases,
/// tags and merge keys are refused, so that a small text cannot stand for a large tree; depth is bounded, so that no text can exhaust the stack.
/// </summary>
internal sealed class ConfigParser
{
    // The deepest experiment file has five levels; the bound only has to be far from the stack's.
    private const int DeepestNesting = 32;

    private readonly string source;
    private readonly string text;
    private readonly bool isFile;
    private readonly Parser parser;

    private ConfigParser(string source, string text, bool isFile)
    {
        this.source = source;
        this.text = text;
        this.isFile = isFile;
        parser = new Parser(new StringReader(text));
    }

    /// <summary>The mapping that a file's text holds.</summary>
    /// <exception cref="ExperimentFileException">It is not YAML, is empty, or holds something other than a mapping.</exception>
    public static ConfigMapping ParseFile(string source, string text)
    {
        ConfigNode? root = new ConfigParser(source, text, isFile: true).ParseDocument();
        return root switch
        {
            ConfigMapping mapping => mapping,
            null or ConfigScalar { IsNull: true } =>
                throw new ExperimentFileException(new(source, 1, 1), "", "the file is empty", "`federated new METHOD` prints an experiment file to start from"),
            _ => throw new ExperimentFileException(root.Position, "", $"expected keys such as `name:` and `rounds:` and found {root.Kind}",
                "`federated new METHOD` prints an experiment file to start from"),
        };
    }

    /// <summary>The value that stands behind <c>path=</c> on the command line: a plain value, <c>{key: value}</c> or <c>[a, b]</c>.</summary>
    /// <exception cref="ExperimentFileException">It is not YAML.</exception>
    public static ConfigNode ParseValue(string source, string text) =>
        new ConfigParser(source, text, isFile: false).ParseDocument() ?? new ConfigScalar(new(source, 0, 0), "", IsQuoted: false);

    private ConfigNode? ParseDocument()
    {
        try
        {
            parser.Consume<StreamStart>();
            if (parser.TryConsume<StreamEnd>(out _))
                return null;

            parser.Consume<DocumentStart>();
            ConfigNode root = ParseNode(0);
            parser.Consume<DocumentEnd>();
            if (parser.TryConsume<DocumentStart>(out DocumentStart? second))
                throw Problem(second.Start, "a second document starts here", "keep one experiment per file");
            return root;
        }
        catch (YamlException exception)
        {
            throw Invalid(exception);
        }
        catch (InvalidOperationException)
        {
            // So the library's scanner gives up on some brackets that are never closed.
            throw Problem(parser.Current?.End ?? Mark.Empty, "this is not YAML", "look for a bracket or a quotation mark too many");
        }
    }

    private ConfigNode ParseNode(int depth)
    {
        if (depth > DeepestNesting)
            throw Problem(parser.Current!.Start, $"nested more than {DeepestNesting} levels deep", "no experiment needs that");

        switch (parser.Current)
        {
            case AnchorAlias alias:
                throw Problem(alias.Start, $"the alias *{alias.Value} is not supported", "write the value out");
            case NodeEvent node when !node.Anchor.IsEmpty:
                throw Problem(node.Start, $"the anchor &{node.Anchor} is not supported", "write the value out where it is needed");
            case NodeEvent node when !node.Tag.IsEmpty && !node.Tag.IsNonSpecific:
                throw Problem(node.Start, $"the tag {node.Tag} is not supported", "remove it");
            case Scalar scalar:
                parser.MoveNext();
                return new ConfigScalar(At(scalar.Start), scalar.Value, scalar.Style is not ScalarStyle.Plain);
            case SequenceStart start:
                return ParseSequence(start, depth);
            case MappingStart start:
                return ParseMapping(start, depth);
            default:
                throw Problem(parser.Current!.Start, "expected a value here", null);
        }
    }

    private ConfigSequence ParseSequence(SequenceStart start, int depth)
    {
        parser.MoveNext();
        List<ConfigNode> items = [];
        while (!parser.TryConsume<SequenceEnd>(out _))
            items.Add(ParseNode(depth + 1));
        return new ConfigSequence(At(start.Start), items);
    }

    private ConfigMapping ParseMapping(MappingStart start, int depth)
    {
        parser.MoveNext();
        ConfigMapping mapping = new(At(start.Start), []);
        Dictionary<string, SourcePosition> seen = new(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            ConfigNode keyNode = ParseNode(depth + 1);
            if (keyNode is not ConfigScalar key)
                throw new ExperimentFileException(keyNode.Position, "", $"a key must be a word and this is {keyNode.Kind}", "write `key: value`");
            if (seen.TryGetValue(key.Text, out SourcePosition first))
                throw new ExperimentFileException(key.Position, key.Text, $"the key is here twice, first at {first}", "remove one of the two");
            seen.Add(key.Text, key.Position);
            mapping.Entries.Add(new ConfigEntry(key.Position, key.Text, ParseNode(depth + 1)));
        }

        return mapping;
    }

    private SourcePosition At(Mark mark) => this.isFile ? new(this.source, (int)mark.Line, (int)mark.Column) : new(this.source, 0, 0);

    private ExperimentFileException Problem(Mark mark, string problem, string? remedy) => new(At(mark), "", problem, remedy);

    private ExperimentFileException Invalid(YamlException exception)
    {
        // The library reports a tab as a key without ':', at the last line that it understood; a tab is how most broken files break.
        string[] lines = this.isFile ? this.text.Split('\n') : [];
        int row = Array.FindIndex(lines, line => line.TakeWhile(char.IsWhiteSpace).Contains('\t') && line.Trim().Length > 0);
        if (row >= 0)
        {
            SourcePosition tab = new(this.source, row + 1, lines[row].IndexOf('\t', StringComparison.Ordinal) + 1);
            return new(tab, "", "a tab stands in the indentation, which YAML does not allow", "indent with spaces", exception);
        }

        string message = exception.Message;
        string what = exception.InnerException is { Message: string inner } ? $"{message}: {inner}" : message;
        return new(At(exception.Start), "", $"this is not valid YAML: {what.TrimEnd('.')}", "indent with spaces and write `key: value`", exception);
    }
}
