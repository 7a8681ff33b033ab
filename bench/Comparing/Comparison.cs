namespace Federated.Bench.Comparing;

/// <summary>Programs that are run in turn, and what is read off their results.</summary>
/// <param name="Name">Name on the command line, and of its section in the document.</param>
/// <param name="Subjects">Run one after the other, round after round.</param>
/// <param name="Rows">Rows of the table.</param>
internal sealed record Comparison(string Name, IReadOnlyList<Subject> Subjects, IReadOnlyList<Row> Rows);

/// <summary>One row of a comparison's table.</summary>
/// <param name="What">What is compared.</param>
/// <param name="Quantity">How the figure comes about.</param>
/// <param name="Target">What it has to reach; null where it only tells.</param>
internal sealed record Row(string What, Quantity Quantity, Target? Target = null);
