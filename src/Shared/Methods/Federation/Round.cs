namespace Federated.Methods.Federation;

/// <summary>One round as the server half sees it: choose a cohort, ask it, complete.</summary>
public abstract class Round(int number)
{
    /// <summary>Number of the round: 0 is the preparation, training rounds count from 1.</summary>
    public int Number { get; } = number;

    /// <summary>The clients of this round: <c>clients.perRound</c> of them drawn without replacement, the same for a given seed and round; all when it is 0.</summary>
    public abstract Cohort Sample();

    /// <summary>All clients.</summary>
    public abstract Cohort Everyone();

    /// <summary>Sends the task to every client of the cohort and returns their combined answer, which depends on neither order nor placement.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public abstract Task<TAnswer> AskAsync<TAnswer>(ClientTask<TAnswer> task, Cohort cohort, CancellationToken cancel);

    /// <summary>Evaluates, records and saves; the run can continue from here after a crash.</summary>
    /// <param name="model">The global model after this round.</param>
    /// <param name="trainingLoss">Mean loss of the clients' training steps, or null.</param>
    /// <param name="cancel">Stops without completing the round.</param>
    public abstract Task CompleteAsync(GlobalModel model, double? trainingLoss, CancellationToken cancel);
}
