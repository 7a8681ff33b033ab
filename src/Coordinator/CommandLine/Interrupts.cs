namespace Federated.Coordinator.CommandLine;

/// <summary>The two ways in which a user ends a command early.</summary>
/// <param name="Stop">Stop after what is under way is complete and saved.</param>
/// <param name="Abort">Stop at once.</param>
/// <param name="Notice">What is said at the first request; null where nobody asks.</param>
internal readonly record struct Interrupts(CancellationToken Stop, CancellationToken Abort, InterruptNotice? Notice = null)
{
    /// <summary>Says what the first request means for the command that runs.</summary>
    public void Announce(string text)
    {
        if (Notice is not null)
            Notice.Text = text;
    }
}
