namespace Federated.Methods.Experiments;

/// <summary>The experiment is well-formed but cannot be run as asked; the message names the key, the numbers and the nearest valid choice.</summary>
public sealed class ExperimentException(string message, Exception? inner = null) : Exception(message, inner);
