namespace Federated.Methods.Experiments;

/// <summary>A place in an experiment file, or on the command line.</summary>
/// <param name="Source">The file as the user named it, or the option, such as <c>--set rounds=3</c>.</param>
/// <param name="Line">Line from 1; 0 on the command line, and where a file as a whole is meant.</param>
/// <param name="Column">Column from 1, in characters; 0 where the line is.</param>
public readonly record struct SourcePosition(string Source, int Line, int Column)
{
    /// <summary><c>file:line:column</c>, the form that editors and terminals make clickable.</summary>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}:{Column}";
}
