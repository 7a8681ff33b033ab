using System.Collections.Immutable;
using Federated.Engine.Parameters;
using Federated.Protocol.Coding;

namespace Federated.Protocol.Payloads;

/// <summary>The largest gradients of one tensor.</summary>
/// <param name="Tensor">Index of the tensor in the layout.</param>
/// <param name="Length">Number of values of the tensor; both ends know it from the layout.</param>
/// <param name="Indices">Positions in the tensor, row-major, strictly ascending.</param>
/// <param name="Values">The gradients there.</param>
public sealed record TensorGradients(int Tensor, int Length, int[] Indices, float[] Values);

/// <summary>The largest gradients of pruned weights, the signal that says where a mask should grow.</summary>
public sealed record TopGradientsPart : Part
{
    /// <summary>The gradients of these tensors.</summary>
    /// <exception cref="ArgumentException">Tensors or indices do not ascend strictly, an index is outside its tensor, or the numbers of indices and values differ.</exception>
    public TopGradientsPart(params IEnumerable<TensorGradients> tensors)
    {
        Tensors = [.. tensors];
        int previousTensor = -1;
        foreach (TensorGradients gradients in Tensors)
        {
            if (gradients.Tensor <= previousTensor)
                throw new ArgumentException($"Tensor {gradients.Tensor} follows tensor {previousTensor}; tensors ascend.", nameof(tensors));
            if (gradients.Indices.Length != gradients.Values.Length)
                throw new ArgumentException($"{gradients.Indices.Length} indices have {gradients.Values.Length} values.", nameof(tensors));
            previousTensor = gradients.Tensor;
            int previous = -1;
            foreach (int index in gradients.Indices)
            {
                if (index <= previous || index >= gradients.Length)
                    throw new ArgumentException($"Index {index} follows index {previous} in a tensor of {gradients.Length}; indices ascend.", nameof(tensors));
                previous = index;
            }
        }
    }

    /// <summary>One entry per tensor, ascending.</summary>
    public ImmutableArray<TensorGradients> Tensors { get; }

    /// <inheritdoc/>
    public override PartKind Kind => PartKind.TopGradients;
}

/// <summary>
/// Body: the number of tensors; for each its index and the number of its gradients; the float32 values of all; then one coded stream of all positions.
/// </summary>
internal sealed class TopGradientsCodec : PartCodec<TopGradientsPart>
{
    public override PartKind Kind => PartKind.TopGradients;

    public override Part Read(ref PartReader reader, DecodingState state)
    {
        ParameterLayout layout = state.Context.Layout;
        int tensors = reader.ReadNumber(layout.Tensors.Length, "number of tensors");
        Span<(int Tensor, int Count)> heads = new (int, int)[tensors];
        int previous = -1;
        for (int t = 0; t < tensors; t++)
        {
            int start = reader.Offset;
            int tensor = reader.ReadNumber(layout.Tensors.Length - 1, "index of a tensor");
            if (tensor <= previous)
                throw new PayloadException(PayloadError.OutOfRange, start, $"Tensor {tensor} follows tensor {previous}; tensors ascend.");
            heads[t] = (tensor, reader.ReadNumber(layout.Tensors[tensor].Count, $"number of gradients of {layout.Tensors[tensor].Name}"));
            previous = tensor;
        }

        float[][] values = new float[tensors][];
        for (int t = 0; t < tensors; t++)
            values[t] = reader.ReadSingles(heads[t].Count);
        int streamStart = reader.Offset;
        var decoder = new RangeDecoder(reader.Take(reader.Remaining), streamStart);
        var gradients = new TensorGradients[tensors];
        for (int t = 0; t < tensors; t++)
        {
            (int tensor, int count) = heads[t];
            gradients[t] = new TensorGradients(
                tensor, layout.Tensors[tensor].Count, IndexSetCodec.DecodePositions(ref decoder, layout.Tensors[tensor].Count, count), values[t]);
        }

        decoder.RequireEnd();
        return new TopGradientsPart(gradients);
    }

    protected override int Measure(TopGradientsPart part, out byte[] stream)
    {
        int bytes = PartWriter.NumberBytes(part.Tensors.Length);
        int estimate = 0;
        foreach (TensorGradients gradients in part.Tensors)
        {
            int count = gradients.Indices.Length;
            bytes = checked(bytes + PartWriter.NumberBytes(gradients.Tensor) + PartWriter.NumberBytes(count) + (count * sizeof(float)));
            estimate += IndexSetCodec.EstimateBytes(gradients.Length, count);
        }

        var encoder = new RangeEncoder(estimate);
        foreach (TensorGradients gradients in part.Tensors)
            IndexSetCodec.EncodePositions(ref encoder, gradients.Indices, gradients.Length);
        stream = encoder.Finish();
        return checked(bytes + stream.Length);
    }

    protected override void Write(TopGradientsPart part, byte[] stream, ref PartWriter writer)
    {
        writer.WriteNumber(part.Tensors.Length);
        foreach (TensorGradients gradients in part.Tensors)
        {
            writer.WriteNumber(gradients.Tensor);
            writer.WriteNumber(gradients.Indices.Length);
        }

        foreach (TensorGradients gradients in part.Tensors)
            writer.WriteSingles(gradients.Values);
        writer.WriteBytes(stream);
    }
}
