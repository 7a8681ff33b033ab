namespace Federated.Methods.DataPruning.Rules;

/// <summary>Chooses samples. A pure function of what it is given: the same choice on any machine, whatever was chosen before.</summary>
internal interface IPruningRule
{
    /// <summary>Chooses exactly <see cref="PruningInput.Keep"/> of the samples.</summary>
    Selection Choose(PruningInput input);
}
