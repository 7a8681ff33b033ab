using Federated.Protocol.Payloads;

namespace Federated.Methods.Splitting;

/// <summary>The server's side of <see cref="SmashedDataCache"/>: what a client has sent in this session, by the samples' numbers.</summary>
/// <param name="program">The method.</param>
/// <param name="samples">Number of samples that the client has.</param>
internal sealed class SmashedDataStore(SplitProgram program, int samples)
{
    private readonly float[]?[] kept = new float[]?[samples];

    /// <summary>The whole smashed data of a batch, row-major by sample, token and feature.</summary>
    /// <exception cref="SplitSessionException">The message names samples that were never sent whole, or has another shape.</exception>
    public float[] Assemble(Payload received)
    {
        int[] numbers = received.Find<SampleNumbersPart>() is { } named && named.Population == samples
            ? named.Numbers
            : throw new SplitSessionException("A batch came without the numbers of its samples.");
        ActivationsPart? smashed = received.Parts.OfType<ActivationsPart>().FirstOrDefault(static part => part.Kind == PartKind.SmashedData);
        int features = program.Cut.Body.InputChannels;
        int each = program.HeadTokens * features;
        var whole = new ActivationShape(numbers.Length, program.HeadTokens, features);
        if (smashed is not null && smashed.Shape == whole)
        {
            float[] values = smashed.ToArray();
            for (int i = 0; i < numbers.Length; i++)
                kept[numbers[i]] = values.AsSpan(i * each, each).ToArray();
            return values;
        }

        float[] prompts = program.PromptCount == 0 ? [] : Prompts(smashed, features);
        float[] assembled = new float[whole.Count];
        for (int i = 0; i < numbers.Length; i++)
        {
            Span<float> sample = assembled.AsSpan(i * each, each);
            (kept[numbers[i]] ?? throw new SplitSessionException($"Sample {numbers[i]} was named before it was sent.")).CopyTo(sample);
            prompts.CopyTo(sample[features..]);
        }

        return assembled;
    }

    private float[] Prompts(ActivationsPart? smashed, int features) => smashed is not null && smashed.Shape == new ActivationShape(1, program.PromptCount, features)
        ? smashed.ToArray()
        : throw new SplitSessionException($"A batch of known samples came without {program.PromptCount} prompts of {features} features.");
}
