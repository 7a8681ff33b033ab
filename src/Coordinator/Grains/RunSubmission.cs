namespace Federated.Coordinator.Grains;

/// <summary>A run that someone asks for.</summary>
/// <param name="Experiment">The resolved experiment file.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Rounds">Rounds that the experiment asks for.</param>
/// <param name="Submitted">UTC, ISO 8601.</param>
internal sealed record RunSubmission(string Experiment, string Method, int Rounds, string Submitted);
