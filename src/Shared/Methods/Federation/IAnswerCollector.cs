namespace Federated.Methods.Federation;

/// <summary>Combines the answers of a cohort.</summary>
/// <typeparam name="TAnswer">The combined answer.</typeparam>
public interface IAnswerCollector<out TAnswer> : IAnswerFold
{
    /// <summary>The combined answer of all that were added.</summary>
    TAnswer Complete();
}
