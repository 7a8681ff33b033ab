using Federated.Engine.Randomness;
using Federated.Methods.Experiments;

namespace Federated.Methods.Data;

/// <summary>Which training samples an experiment uses.</summary>
public static class SampleChoice
{
    /// <summary>All samples, or as many as <see cref="DataSpec.TrainSamples"/> asks for, chosen at random; ascending.</summary>
    /// <exception cref="ExperimentException">The set has fewer.</exception>
    public static int[] Of(DataSpec spec, ImageSet images, ulong seed)
    {
        int[] all = [.. Enumerable.Range(0, images.Count)];
        int wanted = spec.TrainSamples;
        if (wanted == 0 || wanted == images.Count)
            return all;
        if (wanted > images.Count)
            throw new ExperimentException($"data.trainSamples is {wanted}, but the set has {images.Count} training samples; choose at most that, or 0 for all.");
        new KeyedRandom(new RandomKey(seed, RandomPurpose.Partition, Round: -1)).Shuffle(all.AsSpan());
        return [.. all.Take(wanted).Order()];
    }
}
