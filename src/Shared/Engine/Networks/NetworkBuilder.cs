using System.Collections.Immutable;
using Federated.Engine.Layers;
using Federated.Engine.Parameters;

namespace Federated.Engine.Networks;

/// <summary>
/// Puts a <see cref="NetworkPlan"/> together, layer by layer in the order of the forward pass. Layers are named as torchvision names them; their
/// parameters get <c>.weight</c> and <c>.bias</c>, their running statistics <c>.running_mean</c> and <c>.running_var</c>.
/// Every method that adds a layer throws <see cref="InvalidModelException"/> when the layer does not fit its input.
/// </summary>
public sealed partial class NetworkBuilder
{
    private const int LargestSide = 1 << 14;

    private readonly string name;
    private readonly List<NetworkValue> values = [];
    private readonly List<Operation> operations = [];
    private readonly List<ParameterTensor> parameters = [];
    private readonly List<StatisticsTensor> statistics = [];
    private int parameterCount;
    private int block;

    /// <summary>An empty network that reads images of <paramref name="channels"/> × <paramref name="height"/> × <paramref name="width"/>.</summary>
    public NetworkBuilder(string name, int channels, int height, int width)
    {
        this.name = name;
        Require(name, channels is > 0 and <= LargestSide, $"{channels} input channels are not in 1…{LargestSide}.");
        Require(name, height is > 0 and <= LargestSide && width is > 0 and <= LargestSide, $"an input of {height}×{width} pixels is not in 1…{LargestSide} a side.");
        Input = NewValue(channels, height, width);
    }

    /// <summary>The batch of images.</summary>
    public NetworkValue Input { get; }

    /// <summary>Layers added from here on belong to block <paramref name="number"/> of the model; progressive pruning works block by block.</summary>
    public NetworkBuilder Block(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        block = number;
        return this;
    }

    /// <summary>Convolution with a square kernel and zero padding.</summary>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="channels">Output channels.</param>
    /// <param name="kernel">Side of the kernel in pixels.</param>
    /// <param name="stride">Pixels from one output to the next.</param>
    /// <param name="padding">Zero pixels on each side of the input.</param>
    /// <param name="groups">Groups of channels that do not see each other; divides both channel counts.</param>
    /// <param name="bias">Whether a bias is added to each output channel.</param>
    /// <param name="initial">What the kernels hold before training; where it is not by kind, the bias starts as zero.</param>
    public NetworkValue Convolution(
        string layer, NetworkValue input, int channels, int kernel, int stride = 1, int padding = 0, int groups = 1, bool bias = false,
        InitialValues initial = InitialValues.ByKind)
    {
        Own(layer, input);
        Require(layer, channels is > 0 and <= LargestSide * 16, $"{channels} output channels.");
        Require(
            layer,
            kernel > 0 && stride > 0 && padding >= 0 && padding < kernel,
            $"kernel {kernel}, stride {stride}, padding {padding}: a padding is smaller than its kernel.");
        Require(
            layer,
            groups > 0 && input.Channels % groups == 0 && channels % groups == 0,
            $"{groups} groups do not divide {input.Channels} and {channels} channels.");
        (int height, int width) = Slide(layer, input, kernel, stride, padding);
        int weight = AddParameter(layer + ".weight", ParameterKind.ConvolutionWeight, [channels, input.Channels / groups, kernel, kernel], height * width, initial);
        int biasTensor = bias ? AddParameter(layer + ".bias", ParameterKind.Bias, [channels], height * width, OfBias(initial)) : -1;
        NetworkValue output = NewValue(channels, height, width);
        var shape = new ConvolutionShape(input.Channels, channels, kernel, stride, padding, groups);
        operations.Add(new ConvolutionOperation(layer, input.Index, output.Index, shape, weight, biasTensor));
        return output;
    }

    /// <summary>Fully connected layer; a map is read as one vector, channel by channel, row by row.</summary>
    /// <param name="layer">Name of the layer.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="features">Output features.</param>
    /// <param name="bias">Whether a bias is added to each output feature.</param>
    /// <param name="initial">What the matrix holds before training; where it is not by kind, the bias starts as zero.</param>
    public NetworkValue Linear(string layer, NetworkValue input, int features, bool bias = true, InitialValues initial = InitialValues.ByKind)
    {
        Own(layer, input);
        Require(layer, features > 0, $"{features} output features.");
        long inputs = (long)input.Channels * input.Height * input.Width;
        Require(layer, inputs <= int.MaxValue, $"{inputs} input features are too many.");
        int weight = AddParameter(layer + ".weight", ParameterKind.LinearWeight, [features, (int)inputs], 1, initial);
        int biasTensor = bias ? AddParameter(layer + ".bias", ParameterKind.Bias, [features], 1, OfBias(initial)) : -1;
        NetworkValue output = NewValue(features, 1, 1);
        operations.Add(new LinearOperation(layer, input.Index, output.Index, weight, biasTensor));
        return output;
    }

    /// <summary>
    /// Batch normalisation (ε 10⁻⁵, momentum 0.1) with scale and shift; then <paramref name="residual"/> is added, if there is one, and then ReLU
    /// applied, if asked for, all in one sweep.
    /// </summary>
    public NetworkValue BatchNorm(string layer, NetworkValue input, bool relu = false, NetworkValue? residual = null)
    {
        Own(layer, input);
        if (residual is { } other)
        {
            Own(layer, other);
            SameShape(layer, input, other);
        }

        int positions = input.Height * input.Width;
        int scale = AddParameter(layer + ".weight", ParameterKind.NormalizationScale, [input.Channels], positions);
        int shift = AddParameter(layer + ".bias", ParameterKind.NormalizationShift, [input.Channels], positions);
        int offset = statistics.Sum(static t => t.Count);
        statistics.Add(new StatisticsTensor(layer + ".running_mean", StatisticsKind.Mean, input.Channels, offset));
        statistics.Add(new StatisticsTensor(layer + ".running_var", StatisticsKind.Variance, input.Channels, offset + input.Channels));
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new BatchNormOperation(layer, input.Index, output.Index, scale, shift, offset, residual?.Index ?? -1, relu));
        return output;
    }

    /// <summary>Group normalisation (ε 10⁻⁵) with scale and shift: no statistics of other images, nothing to recalibrate.</summary>
    public NetworkValue GroupNorm(string layer, NetworkValue input, int groups)
    {
        Own(layer, input);
        Require(layer, groups > 0 && input.Channels % groups == 0, $"{groups} groups do not divide {input.Channels} channels.");
        int positions = input.Height * input.Width;
        int scale = AddParameter(layer + ".weight", ParameterKind.NormalizationScale, [input.Channels], positions);
        int shift = AddParameter(layer + ".bias", ParameterKind.NormalizationShift, [input.Channels], positions);
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new GroupNormOperation(layer, input.Index, output.Index, scale, shift, groups));
        return output;
    }

    /// <summary>max(0, x).</summary>
    public NetworkValue Relu(string layer, NetworkValue input)
    {
        Own(layer, input);
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new ReluOperation(layer, input.Index, output.Index));
        return output;
    }

    /// <summary>first + <paramref name="factor"/> · second, of two values of one shape.</summary>
    public NetworkValue Add(string layer, NetworkValue first, NetworkValue second, double factor = 1)
    {
        Own(layer, first);
        Own(layer, second);
        SameShape(layer, first, second);
        NetworkValue output = NewValue(first.Channels, first.Height, first.Width);
        operations.Add(new AddOperation(layer, first.Index, second.Index, output.Index, factor));
        return output;
    }

    /// <summary>Largest of each window; rows and columns that fill no window are left out, padding never wins.</summary>
    public NetworkValue MaxPool(string layer, NetworkValue input, int kernel, int stride = 0, int padding = 0)
    {
        NetworkValue output = Pool(layer, input, kernel, ref stride, padding);
        operations.Add(new MaxPoolOperation(layer, input.Index, output.Index, PoolWindows.Sliding(input.Height, input.Width, kernel, stride, padding)));
        return output;
    }

    /// <summary>Mean of each window; rows and columns that fill no window are left out.</summary>
    public NetworkValue AveragePool(string layer, NetworkValue input, int kernel, int stride = 0)
    {
        NetworkValue output = Pool(layer, input, kernel, ref stride, padding: 0);
        operations.Add(new AveragePoolOperation(layer, input.Index, output.Index, PoolWindows.Sliding(input.Height, input.Width, kernel, stride, padding: 0)));
        return output;
    }

    /// <summary>Mean over windows that divide the map as evenly as they can; a smaller map is repeated (PyTorch's adaptive average pooling).</summary>
    public NetworkValue AdaptiveAveragePool(string layer, NetworkValue input, int height, int width)
    {
        Own(layer, input);
        Require(layer, height is > 0 and <= LargestSide && width is > 0 and <= LargestSide, $"an output of {height}×{width}.");
        NetworkValue output = NewValue(input.Channels, height, width);
        operations.Add(new AveragePoolOperation(layer, input.Index, output.Index, PoolWindows.Adaptive(input.Height, input.Width, height, width)));
        return output;
    }

    /// <summary>Mean of each channel.</summary>
    public NetworkValue GlobalAveragePool(string layer, NetworkValue input) => AdaptiveAveragePool(layer, input, 1, 1);

    /// <summary>While training, sets each value to zero with probability <paramref name="rate"/> and scales the others by 1/(1 − rate).</summary>
    public NetworkValue Dropout(string layer, NetworkValue input, double rate)
    {
        Own(layer, input);
        Require(layer, rate is >= 0 and < 1, $"a rate of {rate} is not in [0, 1).");
        NetworkValue output = NewValue(input.Channels, input.Height, input.Width);
        operations.Add(new DropoutOperation(layer, input.Index, output.Index, rate, operations.Count));
        return output;
    }

    /// <summary>The finished plan; <paramref name="logits"/> is the last layer's value, one feature per class.</summary>
    public NetworkPlan Build(NetworkValue logits)
    {
        Own(name, logits);
        Require(name, operations.Count > 0 && operations[^1].Output == logits.Index, "the logits are the output of the layer added last.");
        Require(name, logits is { Height: 1, Width: 1 }, $"the logits are a map of {logits.Height}×{logits.Width}; end with a linear layer or a global pool.");
        return new NetworkPlan(name, [.. values], [.. operations], new ParameterLayout(parameters), new StatisticsLayout([.. statistics]));
    }

    private static void Require(string layer, bool condition, string reason)
    {
        if (!condition)
            throw new InvalidModelException(layer, reason);
    }

    private static void SameShape(string layer, NetworkValue first, NetworkValue second)
    {
        Require(layer, first.Index != second.Index, "adds a value to itself.");
        Require(
            layer,
            first.Channels == second.Channels && first.Height == second.Height && first.Width == second.Width,
            $"adds {first.Channels}×{first.Height}×{first.Width} and {second.Channels}×{second.Height}×{second.Width}.");
    }

    private static (int Height, int Width) Slide(string layer, NetworkValue input, int kernel, int stride, int padding)
    {
        int height = input.Height + (2 * padding) - kernel;
        int width = input.Width + (2 * padding) - kernel;
        Require(
            layer,
            height >= 0 && width >= 0,
            $"its input of {input.Height}×{input.Width} is smaller than its {kernel}×{kernel} window (padding {padding}); "
            + "give the model larger images or choose a shallower one.");
        return ((height / stride) + 1, (width / stride) + 1);
    }

    private NetworkValue Pool(string layer, NetworkValue input, int kernel, ref int stride, int padding)
    {
        Own(layer, input);
        if (stride == 0)
            stride = kernel;
        Require(
            layer,
            kernel > 0 && stride > 0 && padding >= 0 && 2 * padding <= kernel,
            $"kernel {kernel}, stride {stride}, padding {padding}: a padding is at most half its kernel.");
        (int height, int width) = Slide(layer, input, kernel, stride, padding);
        return NewValue(input.Channels, height, width);
    }

    private static InitialValues OfBias(InitialValues ofWeight) => ofWeight == InitialValues.ByKind ? InitialValues.ByKind : InitialValues.Zeros;

    private int AddParameter(
        string parameter, ParameterKind kind, ImmutableArray<int> shape, int positions, InitialValues initial = InitialValues.ByKind, bool isAdapter = false)
    {
        long count = 1;
        foreach (int dimension in shape)
        {
            count *= dimension;
            Require(parameter, count + parameterCount <= int.MaxValue, "the model has more than 2³¹ parameters; choose a smaller width.");
        }

        parameters.Add(new ParameterTensor(parameter, kind, shape, parameterCount, positions, block) { Initial = initial, IsAdapter = isAdapter });
        parameterCount += (int)count;
        return parameters.Count - 1;
    }

    private NetworkValue NewValue(int channels, int height, int width)
    {
        var value = new NetworkValue(values.Count, channels, height, width);
        values.Add(value);
        return value;
    }

    private void Own(string layer, NetworkValue value) =>
        Require(layer, value.Index >= 0 && value.Index < values.Count && values[value.Index] == value, "its input is not a value of this builder.");
}
