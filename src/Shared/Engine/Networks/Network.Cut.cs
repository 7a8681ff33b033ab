using Federated.Engine.Parameters;
using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <content>What a part of a cut plan needs besides: activations in at the front and out at the end, and their gradients the other way. All vectors hold image after image, in an image
/// pixel after pixel (a token is a pixel), in a pixel its channels.</content>
public sealed unsafe partial class Network
{
    /// <summary>The tensors that train. Gradients of all others are not computed and hold anything; the backward pass ends where nothing before it trains.</summary>
    /// <param name="trainable">Some tensors of the plan's layout.</param>
    /// <param name="inputGradient">Whether the gradient of the input is wanted, where the plan has one.</param>
    /// <exception cref="ArgumentException">The subset belongs to another model.</exception>
    public void SetTrainable(ParameterSubset trainable, bool inputGradient = true)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentNullException.ThrowIfNull(trainable);
        if (trainable.Layout.Count != Plan.Parameters.Count || trainable.Layout.Tensors.Length != Plan.Parameters.Tensors.Length)
            throw new ArgumentException($"The subset belongs to another model than {Plan.Name}.", nameof(trainable));
        execution.SetTrainable(trainable, inputGradient);
    }

    /// <summary>Puts activations in place of images: <paramref name="pixels"/> pixels of each image from <paramref name="first"/> on; all others are zero.</summary>
    /// <param name="activations">Images × pixels × channels.</param>
    /// <param name="count">Images, 1…<see cref="MaximumBatch"/>.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    public void WriteInput(ReadOnlySpan<float> activations, int count, int first = 0, int pixels = -1)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumBatch);
        ActivationTensor tensor = arena.Tensors[0];
        pixels = Pixels(tensor.Geometry, first, pixels, activations.Length, count);
        new PixelTransfer(tensor.Data, tensor.Geometry).Write(activations, count, count, first, pixels);
        input.Written(count);
    }

    /// <summary>Copies pixels of the output of the last forward pass.</summary>
    /// <param name="activations">Images × pixels × channels.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    public void ReadOutput(Span<float> activations, int first = 0, int pixels = -1)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (count == 0)
            throw new InvalidOperationException($"Call {nameof(Forward)} before {nameof(ReadOutput)}.");
        pixels = Pixels(logits.Geometry, first, pixels, activations.Length, count);
        new PixelTransfer(logits.Data, logits.Geometry).Read(activations, count, first, pixels);
    }

    /// <summary>Sets the gradient of the loss with respect to pixels of the output, and zero to all others; <see cref="Backward"/> may follow.</summary>
    /// <param name="gradient">Images of the last forward pass × pixels × channels.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    public void WriteOutputGradient(ReadOnlySpan<float> gradient, int first = 0, int pixels = -1)
    {
        RequireProgress(Progress.Forward, nameof(WriteOutputGradient), nameof(Forward));
        pixels = Pixels(logits.GradientGeometry, first, pixels, gradient.Length, count);
        new PixelTransfer(logits.Gradient, logits.GradientGeometry).Write(gradient, count, count, first, pixels);
        progress = Progress.Loss;
    }

    /// <summary>As <see cref="WriteOutputGradient"/>, for the first image alone: the gradient of all others is zero. What sums over the batch then sums to this image's gradient.</summary>
    /// <param name="gradient">Pixels × channels.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    public void WriteOutputGradientOfFirst(ReadOnlySpan<float> gradient, int first = 0, int pixels = -1)
    {
        RequireProgress(Progress.Forward, nameof(WriteOutputGradientOfFirst), nameof(Forward));
        pixels = Pixels(logits.GradientGeometry, first, pixels, gradient.Length, 1);
        new PixelTransfer(logits.Gradient, logits.GradientGeometry).Write(gradient, 1, count, first, pixels);
        progress = Progress.Loss;
    }

    /// <summary>Copies the gradient of the loss with respect to pixels of the input, after <see cref="Backward"/> and before the next forward pass.</summary>
    /// <param name="gradient">Images × pixels × channels.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    /// <exception cref="InvalidOperationException">The plan reads images, which have no gradient.</exception>
    public void ReadInputGradient(Span<float> gradient, int first = 0, int pixels = -1)
    {
        ActivationTensor tensor = RequireInputGradient();
        pixels = Pixels(tensor.GradientGeometry, first, pixels, gradient.Length, count);
        new PixelTransfer(tensor.Gradient, tensor.GradientGeometry).Read(gradient, count, first, pixels);
    }

    /// <summary>
    /// Sums the gradient with respect to pixels of the input over the images, in double precision and in the order in which layers sum over a batch: what a layer before the cut would make of it.
    /// </summary>
    /// <param name="sums">Pixels × channels.</param>
    /// <param name="first">First pixel.</param>
    /// <param name="pixels">Pixels; −1 stands for all from the first on.</param>
    public void SumInputGradient(Span<float> sums, int first = 0, int pixels = -1)
    {
        ActivationTensor tensor = RequireInputGradient();
        pixels = Pixels(tensor.GradientGeometry, first, pixels, sums.Length, 1);
        new PixelTransfer(tensor.Gradient, tensor.GradientGeometry).Sum(sums, count, first, pixels);
    }

    private ActivationTensor RequireInputGradient()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return Plan.InputHasGradient
            ? arena.Tensors[0]
            : throw new InvalidOperationException($"{Plan.Name} reads images, for which no gradient is computed; only the later parts of a cut plan have one.");
    }

    private static int Pixels(Geometry geometry, int first, int pixels, int length, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)first, (uint)geometry.Positions, nameof(first));
        if (pixels < 0)
            pixels = geometry.Positions - first;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pixels, geometry.Positions - first);
        long expected = (long)count * pixels * geometry.Channels;
        return length == expected
            ? pixels
            : throw new ArgumentException($"{count} images × {pixels} pixels × {geometry.Channels} channels are {expected} values, not {length}.");
    }
}
