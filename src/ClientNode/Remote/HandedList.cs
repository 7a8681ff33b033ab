using System.Security.Cryptography;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Remote;

/// <summary>A list in the node's hands. Changed only by the actions of the node's mailbox.</summary>
internal sealed class HandedList : IDisposable
{
    private readonly CancellationTokenSource cancellation = new();

    /// <summary>A list that has just arrived.</summary>
    public HandedList(WorkList message)
    {
        Message = message;
        Fingerprint = FingerprintOf(message);
        Cancel = cancellation.Token;
    }

    /// <summary>Number that the coordinator gave it.</summary>
    public ulong Id => Message.List;

    /// <summary>What came.</summary>
    public WorkList Message { get; }

    /// <summary>What it asks for, in short: a list of the same number that asks for something else is of another life of the coordinator.</summary>
    public byte[] Fingerprint { get; }

    /// <summary>Set when it is not wanted any more. Stays valid when the list is disposed.</summary>
    public CancellationToken Cancel { get; }

    /// <summary>How far it is.</summary>
    public ListStage Stage { get; set; } = ListStage.Held;

    /// <summary>Whether something is being done for it, outside the mailbox.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Whether a client has begun.</summary>
    public bool IsStarted { get; set; }

    /// <summary>Whether it goes back to the coordinator as soon as nothing is done for it.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>What it needs, once that is here.</summary>
    public ListInput? Input { get; set; }

    /// <summary>Measures it while it runs.</summary>
    public ListMeter? Meter { get; set; }

    /// <summary>What was answered, until the coordinator has taken it.</summary>
    public ListAnswer? Answer { get; set; }

    /// <summary>Uploads that the coordinator did not find.</summary>
    public int LostUploads { get; set; }

    /// <summary>What the coordinator is to be told when it is back.</summary>
    public NodeMessage? LastWord { get; set; }

    /// <summary>Whether the list is one of this phase: what clients keep is the same in all lists of a phase.</summary>
    public bool IsOfPhase(WorkList? phase) =>
        phase is not null && Message.Round == phase.Round
        && string.Equals(Message.Task, phase.Task, StringComparison.Ordinal) && string.Equals(Message.Run, phase.Run, StringComparison.Ordinal);

    /// <summary>Whether the message asks for what this list asks for.</summary>
    public bool Asks(WorkList message) => FingerprintOf(message).AsSpan().SequenceEqual(Fingerprint);

    /// <summary>Stops whatever is done for it.</summary>
    public void Stop() => cancellation.Cancel();

    /// <inheritdoc/>
    public void Dispose() => cancellation.Dispose();

    // Its lease, and what clients keep, may differ when it is sent again.
    private static byte[] FingerprintOf(WorkList message)
    {
        var asked = new WorkList { Run = message.Run, Round = message.Round, Task = message.Task, ServerForm = message.ServerForm, States = message.States };
        asked.Forms.AddRange(message.Forms);
        asked.Groups.AddRange(message.Groups);
        return SHA256.HashData(asked.ToByteArray());
    }
}
