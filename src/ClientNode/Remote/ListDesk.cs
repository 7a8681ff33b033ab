using System.Diagnostics.CodeAnalysis;
using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.Faults;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// The lists in the node's hands, each on its way: fetched, run, delivered, counted. Used only by the actions of the node's mailbox; what takes time is done elsewhere and posts what
/// became of it.
/// </summary>
internal sealed class ListDesk
{
    // A coordinator has two or three on a node, and as many whose answers it has not counted yet.
    private const int MostLists = 32;
    private const int MostLostUploads = 5;

    private readonly NodeOptions options;
    private readonly Mailbox mailbox;
    private readonly ExperimentShelf shelf;
    private readonly INodeTransfer transfer;
    private readonly Func<WorkList, INodeObserver, INodeObserver>? around;
    private readonly Outbox outbox;
    private readonly List<HandedList> lists = []; // in the order of arrival
    private readonly List<HandedList> withWorkers = [];
    private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource leaving = new();
    private bool isStopping;

    /// <summary>An empty desk.</summary>
    /// <param name="options">How the node behaves.</param>
    /// <param name="mailbox">Runs what changes the desk.</param>
    /// <param name="shelf">The experiments.</param>
    /// <param name="transfer">What is large.</param>
    /// <param name="outbox">The way to the coordinator.</param>
    /// <param name="around">Puts something between the workers and who combines their answers, to watch or to hold up a list; null: nothing.</param>
    public ListDesk(
        NodeOptions options, Mailbox mailbox, ExperimentShelf shelf, INodeTransfer transfer, Outbox outbox, Func<WorkList, INodeObserver, INodeObserver>? around)
    {
        this.options = options;
        this.mailbox = mailbox;
        this.shelf = shelf;
        this.transfer = transfer;
        this.around = around;
        this.outbox = outbox;
        shelf.Ready = Admit;
        shelf.Gone = Abandon;
    }

    /// <summary>Completes when the node was asked to stop and has nothing in hand any more.</summary>
    public Task Left => left.Task;

    /// <summary>Set when <see cref="Left"/> completes.</summary>
    public CancellationToken Leaving => leaving.Token;

    /// <summary>Numbers of the lists that the node works on, or has answered without hearing that the answer counts.</summary>
    public IEnumerable<ulong> Numbers => lists.Select(static list => list.Id);

    /// <summary>How far the lists are.</summary>
    public IEnumerable<ListProgress> Progress => lists.Select(static list => list.Meter?.Describe(list.Id) ?? new ListProgress { List = list.Id });

    /// <summary>Takes a list in hand. One that is there already is not run twice.</summary>
    public void Receive(WorkList message)
    {
        FaultPoint.Reach(FaultPoints.NodeListReceived);
        if (Find(message.List, out HandedList? known))
        {
            if (known.Asks(message))
            {
                if (known.Stage == ListStage.Announced)
                    Announce(known, known.Answer!);
                return;
            }

            Drop(known);
        }

        if (isStopping || lists.Count >= MostLists)
        {
            SayReturned(message.List);
            return;
        }

        string? problem = WorkListCheck.ProblemOf(message);
        ExperimentSlot? slot = problem is null ? shelf.Find(message.Run) : null;
        if (slot is null)
        {
            Fail(FailureOf(message.List, problem ?? $"the run {message.Run} is not prepared on this node"), list: null);
            return;
        }

        var list = new HandedList(message);
        lists.Add(list);
        if (slot.Hosted is { } hosted)
            Fetch(slot, hosted, list);
    }

    /// <summary>Gives a list back that was not started, or any when it is to be abandoned.</summary>
    public void Revoke(RevokeList message)
    {
        if (!Find(message.List, out HandedList? list))
            SayReturned(message.List); // It is not here (any more), which is what is asked for.
        else if (message.Abandon || !IsBegun(list))
            GiveUp(list);
    }

    /// <summary>The coordinator has counted an answer.</summary>
    public void Accepted(AnswerAccepted message)
    {
        FaultPoint.Reach(FaultPoints.NodeAnswerAccepted);
        if (Find(message.List, out HandedList? list))
            Drop(list);
    }

    /// <summary>The coordinator does not count an answer.</summary>
    public void Refused(AnswerRefused message)
    {
        FaultPoint.Reach(FaultPoints.NodeAnswerRefused);
        if (!Find(message.List, out HandedList? list))
            return;
        if (message.Reason == RefusalReason.NotUploaded && list.Answer is { } answer && ++list.LostUploads <= MostLostUploads)
        {
            if (!list.IsBusy) // else it is on its way again already, and is announced when it has arrived
                Deliver(list, answer);
            return;
        }

        if (message.Reason is not (RefusalReason.Duplicate or RefusalReason.StaleList))
            options.Notice?.Invoke($"The coordinator refused the answer to list {list.Id} ({message.Reason}): {message.Message}");
        Drop(list);
    }

    /// <summary>A stream was opened anew: says again what may have been lost with the one before.</summary>
    public void Connected()
    {
        foreach (HandedList list in lists.ToArray())
        {
            if (list.LastWord is { } word)
            {
                outbox.Say(word);
                Drop(list);
            }
            else if (list is { Stage: ListStage.Announced, Answer: { } answer })
            {
                Deliver(list, answer); // again, for a coordinator that was started anew has lost it
            }
            else if (list is { Stage: ListStage.Running, IsStarted: true })
            {
                SayStarted(list);
            }
        }
    }

    /// <summary>Takes no more, gives back what was not started, and finishes the rest.</summary>
    public void Stop()
    {
        isStopping = true;
        foreach (HandedList list in lists.ToArray())
        {
            if (!IsBegun(list))
                GiveUp(list);
        }

        CheckLeft();
    }

    private static bool IsBegun(HandedList list) => list.IsStarted || list.Stage >= ListStage.Delivering;

    private bool Find(ulong number, [NotNullWhen(true)] out HandedList? list)
    {
        list = lists.Find(list => list.Id == number);
        return list is not null;
    }

    private void Admit(ExperimentSlot slot)
    {
        foreach (HandedList list in lists.Where(list => list.Stage == ListStage.Held && IsOf(list, slot)).ToArray())
            Fetch(slot, slot.Hosted!, list);
    }

    private void Abandon(ExperimentSlot slot, string? reason)
    {
        foreach (HandedList list in lists.Where(list => IsOf(list, slot)).ToArray())
        {
            if (reason is not null)
                Fail(FailureOf(list.Id, reason), list);
            else
                Drop(list);
        }
    }

    private static bool IsOf(HandedList list, ExperimentSlot slot) => string.Equals(list.Message.Run, slot.Message.Run, StringComparison.Ordinal);

    private void Fetch(ExperimentSlot slot, HostedExperiment hosted, HandedList list)
    {
        if (WorkListCheck.ProblemOf(list.Message, hosted.Context, hosted.PayloadMemory) is { } problem)
        {
            Fail(FailureOf(list.Id, problem), list);
            return;
        }

        list.Stage = ListStage.Fetching;
        Begin(slot, list, () => hosted.FetchAsync(list.Message, list.Cancel), input =>
        {
            list.Input = input;
            list.Stage = ListStage.Waiting;
            Pump();
        });
    }

    // One list has the workers; the next one of the same phase follows it there, so that no core waits for the last clients of the first. Another phase waits until the workers
    // are free: what its clients keep may be in the payloads of the phase before it.
    private void Pump()
    {
        while (withWorkers.Count < 2 && lists.Find(MayRun) is { } list)
            Run(shelf.Find(list.Message.Run)!, list);
    }

    private bool MayRun(HandedList list) =>
        list is { Stage: ListStage.Waiting, IsGivenUp: false } && (withWorkers.Count == 0 || (withWorkers.Count == 1 && list.IsOfPhase(withWorkers[0].Message)));

    private void Run(ExperimentSlot slot, HandedList list)
    {
        HostedExperiment hosted = slot.Hosted!;
        ListInput input = list.Input!;
        if (!list.IsOfPhase(slot.Phase))
        {
            Retain(slot, hosted, list.Message);
            slot.Phase = list.Message;
        }

        list.Input = null;
        list.Stage = ListStage.Running;
        withWorkers.Add(list);
        Begin(slot, list, () => RunAsync(hosted, list, input), answer =>
        {
            list.Answer = answer;
            Deliver(list, answer);
        });
    }

    private Task<ListAnswer> RunAsync(HostedExperiment hosted, HandedList list, ListInput input)
    {
        var fold = new ListFold(hosted, list.Message, input);
        var meter = new ListMeter(around?.Invoke(list.Message, fold.Observer) ?? fold.Observer, () => mailbox.Post(() => Started(list)), options.Time);
        mailbox.Post(() => list.Meter = meter);
        return hosted.RunAsync(input, meter, fold, list.Cancel);
    }

    private void Started(HandedList list)
    {
        list.IsStarted = true;
        if (list is { IsGivenUp: false, Stage: ListStage.Running })
        {
            SayStarted(list);
            FaultPoint.Reach(FaultPoints.NodeListStarted);
        }
    }

    private void Retain(ExperimentSlot slot, HostedExperiment hosted, WorkList current)
    {
        WorkList[] inHand = [.. lists.Where(list => IsOf(list, slot)).Select(static list => list.Message)];
        HashSet<string> digests = new(StringComparer.Ordinal);
        digests.UnionWith(current.Kept.Select(Digests.Text));
        digests.UnionWith(inHand.SelectMany(static list => list.Forms).SelectMany(static form => form.RefersTo).Select(Digests.Text));
        IEnumerable<PayloadForm> needed = inHand.SelectMany(static list => list.Forms).Concat(inHand.Select(static list => list.ServerForm).OfType<PayloadForm>());
        hosted.Retain(digests, needed.Select(static form => Digests.Text(form.Sha256)).ToHashSet(StringComparer.Ordinal));
    }

    private void Deliver(HandedList list, ListAnswer answer)
    {
        list.Stage = ListStage.Delivering;
        if (shelf.Find(list.Message.Run) is not { } slot)
            return;
        var name = new UploadName { Run = list.Message.Run, List = list.Id, Sha256 = answer.Sha256, Length = (ulong)answer.Bytes.Length };
        Begin(slot, list, () => UploadAsync(name, answer, list.Cancel), _ => Announce(list, answer));
    }

    private async Task<bool> UploadAsync(UploadName name, ListAnswer answer, CancellationToken cancel)
    {
        await transfer.UploadAsync(name, answer.Bytes, cancel);
        FaultPoint.Reach(FaultPoints.NodeUploadDone);
        return true;
    }

    private void Announce(HandedList list, ListAnswer answer)
    {
        list.Stage = ListStage.Announced;
        outbox.Say(new NodeMessage { ListAnswered = new ListAnswered { List = list.Id, AnswerSha256 = answer.Sha256, SlotSeconds = answer.SlotSeconds } });
    }

    // Does something for a list outside the mailbox, and posts what became of it: nothing, if the list is not in hand any more.
    private void Begin<T>(ExperimentSlot slot, HandedList list, Func<Task<T>> work, Action<T> done)
    {
        list.IsBusy = true;
        slot.Begin(Task.Run(
            async () =>
            {
                try
                {
                    T result = await work();
                    mailbox.Post(() => End(list, () => done(result)));
                }
                catch (Exception problem)
                {
                    mailbox.Post(() => End(list, () => Failed(list, problem)));
                }
            },
            CancellationToken.None));
    }

    private void End(HandedList list, Action then)
    {
        list.IsBusy = false;
        withWorkers.Remove(list);
        if (!lists.Contains(list))
            list.Dispose();
        else if (list.IsGivenUp)
            Return(list);
        else
            then();
        Pump();
    }

    private void Failed(HandedList list, Exception problem)
    {
        if (list.Stage == ListStage.Delivering && problem is TransferRefusedException { IsUnwanted: true })
        {
            Drop(list);
            return;
        }

        ListFailed failure = FailureOf(list.Id, problem.Message);
        if (list.Meter?.FailedAt(problem) is { } client)
            failure.Client = (uint)client;
        if (problem is ClientAnswerException)
            failure.Kind = FailureKind.Diverged;
        Fail(failure, list);
    }

    private static ListFailed FailureOf(ulong number, string message) => new() { List = number, Kind = FailureKind.Node, Message = Messages.Cut(message) };

    // A list that fails while the coordinator is away stays in hand, so that it is not given to anybody before the coordinator knows why it failed.
    private void Fail(ListFailed failure, HandedList? list)
    {
        options.Notice?.Invoke($"List {failure.List} failed: {failure.Message}");
        FaultPoint.Reach(FaultPoints.NodeListFailed);
        var word = new NodeMessage { ListFailed = failure };
        if (list is not null && !outbox.IsOpen)
        {
            list.LastWord = word;
            list.Stage = ListStage.Ended;
            return;
        }

        outbox.Say(word);
        if (list is not null)
            Drop(list);
    }

    private void GiveUp(HandedList list)
    {
        list.IsGivenUp = true;
        list.Stop();
        if (!list.IsBusy)
            Return(list);
    }

    private void Return(HandedList list)
    {
        FaultPoint.Reach(FaultPoints.NodeListReturned);
        SayReturned(list.Id);
        Drop(list);
    }

    private void Drop(HandedList list)
    {
        lists.Remove(list);
        list.Stop();
        if (!list.IsBusy)
            list.Dispose();
        CheckLeft();
    }

    private void CheckLeft()
    {
        if (isStopping && lists.Count == 0 && left.TrySetResult())
            leaving.Cancel();
    }

    private void SayReturned(ulong number) => outbox.Say(new NodeMessage { ListReturned = new ListReturned { List = number } });

    private void SayStarted(HandedList list) => outbox.Say(new NodeMessage { ListStarted = new ListStarted { List = list.Id } });
}
