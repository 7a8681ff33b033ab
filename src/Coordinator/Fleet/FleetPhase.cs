using System.Collections.Immutable;
using Federated.Coordinator.Placement;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.Coordinator.Fleet;

/// <summary>One phase over the fleet: the work as messages, and the one place where answers reach the round. Used by the dispatcher alone.</summary>
internal sealed class FleetPhase
{
    private readonly NodeWork work;
    private readonly INodeObserver observer;
    private readonly IReadOnlyList<ClientDescription> clients;
    private readonly ImmutableArray<PayloadForm> forms;
    private readonly PayloadForm? serverForm;
    private readonly Dictionary<int, int> formOfClient;
    private readonly ByteString[] kept;
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ulong, ImmutableArray<int>> lists = [];

    /// <param name="run">Name of the run.</param>
    /// <param name="work">The task and what each client receives.</param>
    /// <param name="offered">The payload's forms, the form that each client of the work receives, and the server's form.</param>
    /// <param name="kept">Digests of what clients keep.</param>
    /// <param name="clients">All clients of the run, by number.</param>
    /// <param name="observer">The round.</param>
    public FleetPhase(
        string run,
        NodeWork work,
        (ImmutableArray<PayloadForm> Forms, int[] FormOf, PayloadForm? ServerForm) offered,
        IEnumerable<string> kept,
        IReadOnlyList<ClientDescription> clients,
        INodeObserver observer)
    {
        this.work = work;
        this.observer = observer;
        this.clients = clients;
        forms = offered.Forms;
        serverForm = offered.ServerForm;
        formOfClient = work.Clients.Select((client, i) => (client.Client, Form: offered.FormOf[i])).ToDictionary(static pair => pair.Client, static pair => pair.Form);
        this.kept = [.. kept.Order(StringComparer.Ordinal).Select(static digest => ByteString.CopyFrom(Convert.FromHexString(digest)))];
        Order = new PhaseOrder(run, work.Round, work.Task, [.. work.Clients.Select(static client => new ClientCost(client.Client, Math.Max(1, client.Flops)))]);
    }

    /// <summary>Makes what some clients hold on to available to a node; null where clients hold on to nothing.</summary>
    public Func<IReadOnlyCollection<int>, PayloadForm?>? OfferStates { get; init; }

    /// <summary>Most bytes of a client's state; null: clients hold on to nothing.</summary>
    public Func<ClientDescription, int>? StateLimit { get; init; }

    /// <summary>What is to be placed.</summary>
    public PhaseOrder Order { get; }

    /// <summary>Ends when every client is counted, or with the reason why the phase cannot be completed.</summary>
    public Task Completion => completion.Task;

    /// <summary>The list as a node is told of it.</summary>
    public WorkList MessageFor(PlacementList list)
    {
        lists[list.Id] = list.Clients;
        var message = new WorkList
        {
            List = list.Id,
            Run = Order.Run,
            Round = (uint)Order.Round,
            Task = Order.Task,
            LeaseMilliseconds = (uint)Math.Min(list.Lease.TotalMilliseconds, uint.MaxValue),
            ServerForm = serverForm,
        };
        message.Kept.AddRange(kept);
        message.States = OfferStates?.Invoke(list.Clients);
        foreach (IGrouping<int, int> group in list.Clients.Order().GroupBy(client => formOfClient[client]).OrderBy(static group => group.Key))
        {
            var sent = new ClientGroup { Form = (uint)message.Forms.Count };
            sent.Clients.AddRange(group.Select(static client => (uint)client));
            message.Forms.Add(forms[group.Key]);
            message.Groups.Add(sent);
        }

        return message;
    }

    /// <summary>The most bytes that an answer to the list has.</summary>
    public long LargestAnswer(PlacementList list) => PartialAnswers.LargestBytes(Identity(list.Id), work.Answer!, Describe(list.Clients), StateLimit);

    /// <summary>Adds the answer to a list, whole or not at all.</summary>
    /// <exception cref="AnswerRefusedException">It cannot be counted; nothing of it was.</exception>
    public void Count(ulong list, ReadOnlyMemory<byte> answer) =>
        observer.Combined(PartialAnswers.Decode(answer, Identity(list), work.Answer!, Describe(lists[list]), StateLimit));

    /// <summary>Tells who watches how far a client is.</summary>
    public void Progressed(ClientProgress progress)
    {
        if (formOfClient.ContainsKey((int)progress.Client) && progress.StepsDone <= progress.Steps && progress.Steps <= int.MaxValue)
            observer.Progress((int)progress.Client, (int)progress.StepsDone, (int)progress.Steps);
    }

    /// <summary>Every client is counted.</summary>
    public void Complete() => completion.TrySetResult();

    /// <summary>The phase cannot be completed.</summary>
    public void Fail(Exception reason) => completion.TrySetException(reason);

    private ListIdentity Identity(ulong list) => new(Order.Run, list, Order.Round, Order.Task);

    private ClientDescription[] Describe(ImmutableArray<int> numbers) => [.. numbers.Order().Select(number => clients[number])];
}
