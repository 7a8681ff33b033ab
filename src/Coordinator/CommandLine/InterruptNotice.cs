namespace Federated.Coordinator.CommandLine;

/// <summary>What the user is told at the first request to end; a command says what ending means for it.</summary>
internal sealed class InterruptNotice
{
    private string text = "stopping when the round is complete and saved; once more stops at once";

    /// <summary>The line; empty: nothing is said.</summary>
    public string Text
    {
        get => Volatile.Read(ref text);
        set => Volatile.Write(ref text, value);
    }
}
