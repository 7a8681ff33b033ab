using System.Buffers.Binary;
using Federated.Methods.Clients;

namespace Federated.Methods.Splitting;

/// <summary>A client's own values of its part of a cut model, from round to round: one float32 each, little-endian, in the order of the tensors that train on it.</summary>
internal static class PrivateValues
{
    /// <summary>Puts the values that the client has kept into its ends. In its first round it has none, and what came down stays.</summary>
    /// <exception cref="ClientStateException">They are not the values of this part.</exception>
    public static void Restore(Client client)
    {
        ReadOnlySpan<byte> kept = client.State.Find(ClientStateKey.PrivateValues).Span;
        if (kept.IsEmpty)
            return;
        TrainableParameters trainable = client.Worker.Ends.Trainable;
        if (kept.Length != trainable.Count * sizeof(float))
            throw new ClientStateException($"{client.Description.Name} has kept {kept.Length:N0} bytes of values; its part of the model has {trainable.Count:N0} that train, of 4 bytes each.");
        float[] values = new float[trainable.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = BinaryPrimitives.ReadSingleLittleEndian(kept[(i * sizeof(float))..]);
        trainable.Write(values);
    }

    /// <summary>Keeps the values for the client's next round.</summary>
    public static void Keep(Client client, ReadOnlySpan<float> values)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(values.Length * sizeof(float));
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), values[i]);
        client.State.Set(ClientStateKey.PrivateValues, bytes);
    }
}
