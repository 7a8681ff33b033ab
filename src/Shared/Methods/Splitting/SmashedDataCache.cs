using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>
/// What a client has sent in its session, for <see cref="WireSpec.Cached"/>: a sample's class token and patches cross once, because nothing before them trains; later batches send the samples' numbers and the
/// prompts, which are the same for all samples of a batch.
/// </summary>
/// <param name="program">The method.</param>
/// <param name="samples">The client's training samples, ascending.</param>
internal sealed class SmashedDataCache(SplitProgram program, int[] samples)
{
    private readonly bool[] isSent = new bool[samples.Length];

    /// <summary>What crosses for a batch.</summary>
    /// <param name="batch">Its samples.</param>
    /// <param name="smashed">What the head made of them.</param>
    public Part[] PartsFor(ReadOnlySpan<int> batch, ReadOnlyMemory<float> smashed)
    {
        int[] numbers = new int[batch.Length];
        bool isKnown = true;
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Array.BinarySearch(samples, batch[i]);
            isKnown &= isSent[numbers[i]];
            isSent[numbers[i]] = true;
        }

        var named = new SampleNumbersPart(samples.Length, numbers);
        int features = program.Cut.Body.InputChannels;
        if (!isKnown)
            return [named, new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(batch.Length, program.HeadTokens, features), smashed)];
        return program.PromptCount == 0
            ? [named]
            : [named, new DenseActivationsPart(PartKind.SmashedData, new ActivationShape(1, program.PromptCount, features), smashed.Slice(features, program.PromptCount * features))];
    }
}
