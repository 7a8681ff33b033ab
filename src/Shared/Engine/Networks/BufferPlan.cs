using Federated.Engine.Layers;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// Which values of a plan share memory. Activations: a layer that works element by element overwrites its input where nobody else needs it.
/// Gradients: a buffer is free again as soon as the layer that produced its value has done its backward pass, and is taken by the next value of the same
/// geometry; equal geometry means that the zero border lies at the same place and stays zero.
/// </summary>
internal sealed class BufferPlan
{
    /// <summary>Marks a value without gradient: the network's input.</summary>
    public const int None = -1;

    private readonly int[] roots;
    private readonly Geometry[] geometries;
    private readonly int[] gradientBuffers;
    private readonly HashSet<(int Operation, int Value)> accumulating = [];
    private readonly List<Geometry> buffers = [];

    public BufferPlan(NetworkPlan plan)
    {
        int count = plan.Values.Length;
        int[] readers = new int[count];
        foreach (Operation operation in plan.Operations)
        {
            foreach (int input in operation.Inputs)
                readers[input]++;
        }

        for (int value = 0; value < count; value++)
        {
            if (readers[value] == 0 && value != plan.Output)
                throw new InvalidModelException(plan.Name, $"value {value} is read by no layer; remove the layer that computes it.");
        }

        roots = FindRoots(plan, readers);
        geometries = FindGeometries(plan);
        gradientBuffers = new int[count];
        ShareGradients(plan);
    }

    /// <summary>Geometry of each gradient buffer.</summary>
    public IReadOnlyList<Geometry> GradientBuffers => buffers;

    /// <summary>The value whose activation buffer <paramref name="value"/> uses: itself, unless its layer works in place.</summary>
    public int Root(int value) => roots[value];

    /// <summary>Geometry of both buffers of a value.</summary>
    public Geometry Geometry(int value) => geometries[roots[value]];

    /// <summary>Number of the gradient buffer of a value, or <see cref="None"/>.</summary>
    public int GradientBuffer(int value) => gradientBuffers[value];

    /// <summary>Whether operation <paramref name="operation"/> adds to the gradient of its input <paramref name="value"/> instead of overwriting it.</summary>
    public bool Accumulates(int operation, int value) => accumulating.Contains((operation, value));

    private static int[] FindRoots(NetworkPlan plan, int[] readers)
    {
        int[] roots = [.. Enumerable.Range(0, plan.Values.Length)];
        var producers = new Operation?[plan.Values.Length];
        foreach (Operation operation in plan.Operations)
        {
            producers[operation.Output] = operation;
            if (operation.ForwardInPlace && readers[operation.Input] == 1 && producers[operation.Input] is { BackwardReadsOutput: false })
                roots[operation.Output] = roots[operation.Input];
        }

        return roots;
    }

    private Geometry[] FindGeometries(NetworkPlan plan)
    {
        int[] padding = new int[plan.Values.Length];
        foreach (Operation operation in plan.Operations)
        {
            if (operation is not ConvolutionOperation convolution)
                continue;
            int input = roots[convolution.Input];
            int output = roots[convolution.Output];
            padding[input] = Math.Max(padding[input], ConvolutionLayer.RequiredInputPadding(convolution.Shape));
            padding[output] = Math.Max(padding[output], ConvolutionLayer.RequiredOutputPadding(convolution.Shape));
        }

        return [.. plan.Values.Select((value, i) => new Geometry(value.Channels, value.Height, value.Width, padding[i]))];
    }

    private void ShareGradients(NetworkPlan plan)
    {
        var free = new Dictionary<Geometry, Stack<int>>();
        Array.Fill(gradientBuffers, None);
        gradientBuffers[plan.Output] = Take(free, Geometry(plan.Output));
        for (int i = plan.Operations.Length - 1; i >= 0; i--)
        {
            Operation operation = plan.Operations[i];
            int own = gradientBuffers[operation.Output];
            bool given = false;
            foreach (int input in operation.Inputs)
            {
                // Value 0 is the batch itself; nobody asks for its gradient.
                if (input == 0)
                    continue;
                if (gradientBuffers[input] != None)
                {
                    accumulating.Add((i, input));
                }
                else if (operation.GradientInPlace && !given && Geometry(input) == Geometry(operation.Output))
                {
                    gradientBuffers[input] = own;
                    given = true;
                }
                else
                {
                    gradientBuffers[input] = Take(free, Geometry(input));
                }
            }

            if (!given)
                free[Geometry(operation.Output)].Push(own);
        }
    }

    private int Take(Dictionary<Geometry, Stack<int>> free, Geometry geometry)
    {
        if (!free.TryGetValue(geometry, out Stack<int>? stack))
            free.Add(geometry, stack = new Stack<int>());
        if (stack.TryPop(out int buffer))
            return buffer;
        buffers.Add(geometry);
        return buffers.Count - 1;
    }
}
