using System.Collections.Immutable;
using Federated.Engine.Parameters;

namespace Federated.Engine.Networks;

/// <summary>
/// A plan cut into head, body and tail at block boundaries: three plans which, run one after the other, compute bit for bit what the whole plan computes, forwards and backwards.
/// Each part owns a contiguous range of the whole plan's parameter vector, with tensors of the same names.
/// </summary>
public sealed class SplitPlan
{
    private SplitPlan(NetworkPlan whole, NetworkPlan head, NetworkPlan body, NetworkPlan tail)
    {
        Whole = whole;
        Head = head;
        Body = body;
        Tail = tail;
    }

    /// <summary>The plan that was cut.</summary>
    public NetworkPlan Whole { get; }

    /// <summary>From the images to the first cut.</summary>
    public NetworkPlan Head { get; }

    /// <summary>Between the cuts.</summary>
    public NetworkPlan Body { get; }

    /// <summary>From the second cut to the logits.</summary>
    public NetworkPlan Tail { get; }

    /// <summary>The head's values in the whole vector.</summary>
    public Range HeadValues => 0..Head.Parameters.Count;

    /// <summary>The body's values in the whole vector.</summary>
    public Range BodyValues => Head.Parameters.Count..(Head.Parameters.Count + Body.Parameters.Count);

    /// <summary>The tail's values in the whole vector.</summary>
    public Range TailValues => (Head.Parameters.Count + Body.Parameters.Count)..Whole.Parameters.Count;

    /// <summary>Number of the body's first tensor in the whole layout.</summary>
    public int FirstBodyTensor => Head.Parameters.Tensors.Length;

    /// <summary>Number of the tail's first tensor in the whole layout.</summary>
    public int FirstTailTensor => Head.Parameters.Tensors.Length + Body.Parameters.Tensors.Length;

    /// <summary>
    /// Whether what the head gives can be fed straight into the tail, the body left out: SFPrompt's shortcut (arXiv 2407.17533). So it is where the body keeps the shape.
    /// </summary>
    public bool HasShortcut => (Head.Values[Head.Output].Channels, Head.Values[Head.Output].Height, Head.Values[Head.Output].Width)
        == (Tail.InputChannels, Tail.InputHeight, Tail.InputWidth);

    /// <summary>Cuts <paramref name="plan"/> behind its first blocks and before its last.</summary>
    /// <param name="plan">A plan without running statistics, whose layers stand block by block.</param>
    /// <param name="headBlocks">Blocks of the head besides block 0, which always belongs to it: 0 or more.</param>
    /// <param name="tailBlocks">Blocks of the tail besides the last one, which always belongs to it: 0 or more.</param>
    /// <exception cref="InvalidModelException">No block is left for the body, or the plan cannot be cut there; the message says why.</exception>
    public static SplitPlan Cut(NetworkPlan plan, int headBlocks = 0, int tailBlocks = 0)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentOutOfRangeException.ThrowIfNegative(headBlocks);
        ArgumentOutOfRangeException.ThrowIfNegative(tailBlocks);
        int blocks = plan.Parameters.BlockCount;
        if ((long)headBlocks + tailBlocks + 2 >= blocks)
        {
            throw new InvalidModelException(
                plan.Name, $"its {blocks} blocks leave none for the body when the head takes 1 + {headBlocks} and the tail 1 + {tailBlocks}; cut less off, or choose a deeper model.");
        }

        if (plan.Statistics.Count > 0)
            throw new InvalidModelException(plan.Name, "it has batch normalisation, whose running statistics belong to neither side of a cut; choose a model without, for instance vit.");
        int first = Boundary(plan, headBlocks + 1);
        int second = Boundary(plan, blocks - 1 - tailBlocks);
        return new SplitPlan(plan, Part(plan, "head", 0, first), Part(plan, "body", first, second), Part(plan, "tail", second, plan.Operations.Length));
    }

    /// <summary>The number of operations that stand before the cut in front of <paramref name="block"/>: the last place before the block's parameters that only one value crosses.</summary>
    private static int Boundary(NetworkPlan plan, int block)
    {
        int end = 0;
        while (end < plan.Operations.Length && plan.Operations[end].Parameters.All(tensor => plan.Parameters.Tensors[tensor].Block < block))
            end++;
        int start = end;
        while (start > 0 && plan.Operations[start - 1].Parameters.IsEmpty)
            start--;
        for (int at = end; at >= start && at > 0; at--)
        {
            if (Crossing(plan, at) == plan.Operations[at - 1].Output)
                return at;
        }

        throw new InvalidModelException(plan.Name, $"more than one value crosses the boundary before block {block}, so it cannot be cut there; move the cut by a block.");
    }

    /// <summary>The one value that operations from <paramref name="at"/> on read of those before; −1 when there are several.</summary>
    private static int Crossing(NetworkPlan plan, int at)
    {
        HashSet<int> before = [0, .. plan.Operations.Take(at).Select(static o => o.Output)];
        int[] read = [.. plan.Operations.Skip(at).SelectMany(static o => o.Inputs).Where(before.Contains).Distinct()];
        return read.Length == 1 ? read[0] : -1;
    }

    private static NetworkPlan Part(NetworkPlan plan, string part, int start, int end)
    {
        ImmutableArray<Operation> operations = plan.Operations[start..end];
        int[] tensors = [.. operations.SelectMany(static o => o.Parameters).Order()];
        int firstTensor = tensors.Length == 0 ? 0 : tensors[0];
        for (int i = 0; i < tensors.Length; i++)
        {
            if (tensors[i] != firstTensor + i)
                throw new InvalidModelException(plan.Name, $"the parameters of its {part} do not stand together.");
        }

        int input = start == 0 ? 0 : plan.Operations[start - 1].Output;
        int[] outputs = [input, .. operations.Select(static o => o.Output)];
        var numbers = new Renumbering(
            outputs.Select(static (value, number) => (value, number)).ToDictionary(static pair => pair.value, static pair => pair.number), firstTensor);
        int offset = tensors.Length == 0 ? 0 : plan.Parameters.Tensors[firstTensor].Offset;
        return new NetworkPlan(
            $"{plan.Name} {part}",
            [.. outputs.Select((value, number) => plan.Values[value] with { Index = number })],
            [.. operations.Select(operation => operation.Renumber(numbers))],
            new ParameterLayout(tensors.Select(tensor => plan.Parameters.Tensors[tensor] with { Offset = plan.Parameters.Tensors[tensor].Offset - offset })),
            new StatisticsLayout([]),
            inputHasGradient: start > 0);
    }
}
