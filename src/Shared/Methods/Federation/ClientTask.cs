using Federated.Engine.Networks;
using Federated.Methods.Nodes;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Federation;

/// <summary>How long a client keeps a part of a payload, so that it need not cross again.</summary>
public enum Retention
{
    /// <summary>Not beyond the task.</summary>
    Task,

    /// <summary>Until the round is complete: a later task of the same round may refer to it.</summary>
    Round,

    /// <summary>Until another part of the same kind takes its place: the mask.</summary>
    UntilReplaced,
}

/// <summary>A part that goes down to clients, and how long they keep it.</summary>
/// <param name="Part">What is sent.</param>
/// <param name="Retention">How long clients keep it. A part that a client already keeps crosses as a reference.</param>
public sealed record TaskPart(Part Part, Retention Retention = Retention.Task)
{
    private readonly Lazy<(PartKind Kind, string Digest)?> name = new(() => PartDigest.Of(Part));

    /// <summary>What the part is referred to by, when it is one that clients can keep. Hashed once, however many clients receive it.</summary>
    public (PartKind Kind, string Digest)? KeptName => Retention == Retention.Task ? null : name.Value;
}

/// <summary>
/// Something the server asks of clients, seen from the server: what goes down, how the answers combine, what it costs.
/// The client half is the <see cref="Clients.IClientTaskHandler"/> of the same name.
/// </summary>
/// <typeparam name="TAnswer">The cohort's combined answer.</typeparam>
public abstract class ClientTask<TAnswer>
{
    /// <summary>Name of the task: the ledger's phase, and how a node finds the client half.</summary>
    public abstract string Name { get; }

    /// <summary>What goes down, in order.</summary>
    public abstract IReadOnlyList<TaskPart> Parts { get; }

    /// <summary>
    /// What the server gives to its own part of a task that clients and server train together: values of the body. It never reaches a client, so no client is charged for it; empty where the clients train
    /// alone.
    /// </summary>
    public virtual IReadOnlyList<Part> ServerParts => [];

    /// <summary>Starts combining the answers of a cohort. Its result must not depend on the order in which answers are added.</summary>
    public abstract IAnswerCollector<TAnswer> CreateCollector();

    /// <summary>Floating-point operations that <paramref name="client"/> spends on the task.</summary>
    public abstract double Flops(ClientDescription client);

    /// <summary>An answer of the right shape and size but without training behind it: what <c>federated plan</c> counts bytes with.</summary>
    public abstract Payload PlannedAnswer(NetworkPlan plan, ClientDescription client);

    /// <summary>Bytes that will cross a cut of the model while <paramref name="client"/> works, by kind, ascending; exact where <see cref="CutIsExact"/>, else on average.</summary>
    public virtual IReadOnlyList<PartSize> PlannedCut(ClientDescription client) => [];

    /// <summary>Whether <see cref="PlannedCut"/> is met to the byte, because nothing that crosses has a length that depends on its values.</summary>
    public virtual bool CutIsExact => true;

    /// <summary>Floating-point operations that the server's part of the model spends on <paramref name="client"/>; its client waits for them.</summary>
    public virtual double ServerFlops(ClientDescription client) => 0;

    /// <summary>Messages that <paramref name="client"/> exchanges with the server's part, waiting for the reply to each.</summary>
    public virtual int CutMessages(ClientDescription client) => 0;
}
