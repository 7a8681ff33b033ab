namespace Federated.Methods.Experiments.Reading;

/// <summary>A piece of an experiment file that remembers where it stands.</summary>
internal abstract record ConfigNode(SourcePosition Position)
{
    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value, still as text.</summary>
/// <param name="Position">Where it starts.</param>
/// <param name="Text">The text, without quotes.</param>
/// <param name="IsQuoted">Whether it stood in quotes or in a block, which makes it text whatever it looks like.</param>
internal sealed record ConfigScalar(SourcePosition Position, string Text, bool IsQuoted) : ConfigNode(Position)
{
    /// <summary>Nothing, or one of YAML's words for it.</summary>
    public bool IsNull => !IsQuoted && Text is "" or "~" or "null";

    /// <inheritdoc/>
    public override string Kind => IsNull ? "nothing" : $"the value '{(Text.Length > 60 ? Text[..60] + "…" : Text)}'";
}

/// <summary>Values in order.</summary>
internal sealed record ConfigSequence(SourcePosition Position, List<ConfigNode> Items) : ConfigNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a list";
}

/// <summary>Keys with values, in the order of the file; no key twice.</summary>
internal sealed record ConfigMapping(SourcePosition Position, List<ConfigEntry> Entries) : ConfigNode(Position)
{
    /// <inheritdoc/>
    public override string Kind => "a section of keys";

    /// <summary>The entry with that key, or null.</summary>
    public ConfigEntry? Find(string key) => Entries.Find(entry => entry.Key == key);
}

/// <summary>A key and its value.</summary>
internal sealed record ConfigEntry(SourcePosition Position, string Key, ConfigNode Value);
