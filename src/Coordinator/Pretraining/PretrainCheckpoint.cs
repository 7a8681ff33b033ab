using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text.Json;
using Federated.Engine.Optimizers;
using Federated.Methods.Pretraining;

namespace Federated.Coordinator.Pretraining;

/// <summary>
/// The bytes of a saved pre-training: the length of a JSON head (32 bits, little-endian), the head, then as many float32 as it names: values, statistics, the optimiser's moments.
/// The store guards the whole by a hash.
/// </summary>
internal sealed record PretrainCheckpoint(PretrainState State, ImmutableArray<PretrainEpoch> Epochs, double WallSeconds)
{
    /// <summary>The bytes.</summary>
    public byte[] Encode()
    {
        OptimizerSnapshot optimizer = State.Optimizer;
        Head head = new(State.Step, State.LossSum, State.Correct, WallSeconds, State.Values.Length, State.Statistics.Length, optimizer.Moments.Length, [.. optimizer.Powers], Epochs);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(head, PretrainJson.Default.Head);
        byte[] bytes = new byte[checked(sizeof(int) + json.Length + (sizeof(float) * (State.Values.Length + State.Statistics.Length + optimizer.Moments.Length)))];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, sizeof(int));
        int position = sizeof(int) + json.Length;
        Write(State.Values);
        Write(State.Statistics);
        Write(optimizer.Moments);
        return bytes;

        void Write(float[] values)
        {
            MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(bytes.AsSpan(position));
            position += sizeof(float) * values.Length;
        }
    }

    /// <exception cref="InvalidDataException">The bytes are no saved pre-training.</exception>
    public static PretrainCheckpoint Decode(byte[] bytes)
    {
        try
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            Head head = JsonSerializer.Deserialize(bytes.AsSpan(sizeof(int), length), PretrainJson.Default.Head) ?? throw new JsonException("The head is null.");
            int position = sizeof(int) + length;
            float[] values = Read(head.Values);
            float[] statistics = Read(head.Statistics);
            float[] moments = Read(head.Moments);
            if (position != bytes.Length)
                throw new InvalidDataException($"{bytes.Length - position} bytes follow the end.");
            return new PretrainCheckpoint(
                new PretrainState(head.Step, head.LossSum, head.Correct, values, statistics, new OptimizerSnapshot(moments, [.. head.Powers])), head.Epochs, head.WallSeconds);

            float[] Read(int count)
            {
                // Slicing first: no memory is given to a number of values that are not there.
                ReadOnlySpan<byte> source = bytes.AsSpan(position, checked(sizeof(float) * count));
                position += source.Length;
                return MemoryMarshal.Cast<byte, float>(source).ToArray();
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"The checkpoint is not one of a pre-training. {e.Message}", e);
        }
    }

    /// <summary>Everything but the vectors. Doubles are written in their shortest form, which reads back to the same bits.</summary>
    internal sealed record Head(
        int Step, double LossSum, long Correct, double WallSeconds, int Values, int Statistics, int Moments, ImmutableArray<double> Powers, ImmutableArray<PretrainEpoch> Epochs);
}
