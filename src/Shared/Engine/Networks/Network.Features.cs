using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <content>What the last layer works from.</content>
public sealed unsafe partial class Network
{
    /// <summary>Copies what the last layer received for image <paramref name="index"/> of the last forward pass: the features that the logits are computed from.</summary>
    /// <param name="index">Place in the batch.</param>
    /// <param name="features"><see cref="NetworkPlan.FeatureCount"/> values; channels × height × width where there is more than a channel's one value.</param>
    public void CopyFeatures(int index, Span<float> features)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (progress == Progress.Nothing)
            throw new InvalidOperationException($"Call {nameof(Forward)} before {nameof(CopyFeatures)}.");
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)count, nameof(index));
        if (features.Length != Plan.FeatureCount)
            throw new ArgumentException($"The last layer of {Plan.Name} receives {Plan.FeatureCount} values, not {features.Length}.", nameof(features));
        ActivationTensor tensor = arena.Tensors[Plan.LastInput];
        Geometry geometry = tensor.Geometry;
        float* image = tensor.Data + ((index / Geometry.Lanes) * geometry.BlockStride) + geometry.Interior + (index % Geometry.Lanes);
        int next = 0;
        for (int channel = 0; channel < geometry.Channels; channel++)
        {
            for (int row = 0; row < geometry.Height; row++)
            {
                float* first = image + ((long)channel * geometry.PlaneStride) + ((long)row * geometry.RowStride);
                for (int column = 0; column < geometry.Width; column++)
                    features[next++] = first[column * Geometry.Lanes];
            }
        }
    }
}
