using Federated.Methods.Federation;
using Federated.Methods.Nodes;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>The combined answer of one list, as it grows.</summary>
internal sealed class ListFold
{
    private readonly WorkList list;
    private readonly IAnswerFold fold;
    private readonly FoldingObserver observer;

    /// <summary>Starts with no answer.</summary>
    /// <param name="experiment">The experiment, which holds what the payload refers to.</param>
    /// <param name="list">The list.</param>
    /// <param name="input">What it needs.</param>
    public ListFold(HostedExperiment experiment, WorkList list, ListInput input)
    {
        this.list = list;
        fold = ClientTaskCatalog.Find(list.Task).CreateFold(experiment.Context, experiment.Node.Decode(input.Payload), (int)list.Round);
        observer = new FoldingObserver(experiment.Context.Plan, list.Task, fold, input.Work.Clients.Select(work => experiment.Context.Clients[work.Client]));
    }

    /// <summary>Takes the answers.</summary>
    public INodeObserver Observer => observer;

    /// <summary>The whole, as it crosses: a <see cref="PartialAnswer"/>.</summary>
    public byte[] Encode() => PartialAnswers.Encode(new ListIdentity(list.Run, list.List, (int)list.Round, list.Task), fold.Mask, observer.Complete());
}
