namespace Federated.Coordinator.Grains;

/// <summary>
/// Marks the interfaces through which grains are called. All their methods return <see cref="Task"/> or <see cref="Task{TResult}"/>; arguments and results are immutable, because they cross
/// from one thread to another and, in a cluster, from one process to another.
/// </summary>
internal interface IGrain;
