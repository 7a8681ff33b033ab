using Federated.Engine.Networks;
using Federated.Protocol.Aggregation;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;

namespace Federated.Methods.Federation;

/// <summary>Checks that folds have in common: of single answers, with errors that name the client, and of combined ones, with errors that name the reason.</summary>
internal static class FoldReading
{
    /// <summary>The sums of a combined answer, by the tags that must be there.</summary>
    public static ReadOnlyMemory<byte>[] Split(ReadOnlyMemory<byte> encoded, ReadOnlySpan<int> tags)
    {
        try
        {
            return SumSections.Split(encoded, tags);
        }
        catch (PayloadException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>A sum of vectors with exactly this total weight; checked, and not yet decoded.</summary>
    public static EncodedVectorSum Vector(ReadOnlyMemory<byte> bytes, int length, long weight, string what)
    {
        try
        {
            EncodedVectorSum sum = EncodedVectorSum.Check(bytes, length);
            RequireWeight(sum.TotalWeight, weight, what);
            return sum;
        }
        catch (PayloadException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>A sum of running statistics with exactly this total weight, whose variances are not negative.</summary>
    public static ExactSum Statistics(ReadOnlyMemory<byte> bytes, StatisticsLayout layout, long weight)
    {
        try
        {
            ExactSum sum = PartialSum.DecodeVector(bytes.Span, layout.Count);
            RequireWeight(sum.TotalWeight, weight, "statistics");
            RequireVariances(sum, layout);
            return sum;
        }
        catch (PayloadException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>A sum of losses of so many clients, which is not negative.</summary>
    public static ExactScalarSum Losses(ReadOnlyMemory<byte> bytes, long clients)
    {
        try
        {
            ExactScalarSum sum = PartialSum.DecodeScalar(bytes.Span);
            RequireWeight(sum.TotalWeight, clients, "losses");
            return sum.IsNegative ? throw new AnswerRefusedException(RefusalReason.Implausible, "The sum of the losses is negative; a cross-entropy is not.") : sum;
        }
        catch (PayloadException e)
        {
            throw Refused(e);
        }
    }

    /// <summary>A combined answer has exactly the weight of its clients.</summary>
    public static void RequireWeight(long found, long expected, string what)
    {
        if (found != expected)
            throw new AnswerRefusedException(RefusalReason.Implausible, $"The sum of the {what} weighs {found:N0}; its clients weigh {expected:N0} together.");
    }

    /// <summary>A client's statistics are finite and its variances not negative.</summary>
    /// <exception cref="ClientAnswerException">They are not.</exception>
    public static void RequireStatistics(ReadOnlySpan<float> statistics, StatisticsLayout layout, ClientDescription client)
    {
        foreach (StatisticsTensor tensor in layout.Tensors)
        {
            foreach (float value in statistics.Slice(tensor.Offset, tensor.Count))
            {
                if (!float.IsFinite(value))
                    throw Diverged(client, $"its {tensor.Name} holds {value}");
                if (tensor.Kind == StatisticsKind.Variance && value < 0)
                    throw new ClientAnswerException($"{client.Name} answered with a variance of {value} in {tensor.Name}.");
            }
        }
    }

    /// <summary>A client's answer runs over the samples that it has.</summary>
    /// <exception cref="ClientAnswerException">It does not.</exception>
    public static void RequireSamples(double found, long expected, ClientDescription client, string task)
    {
        if (found != expected)
            throw new ClientAnswerException($"{client.Name} answered '{task}' for {found:N0} samples where it has {expected:N0} to go through.");
    }

    /// <summary>A number of a client's answer.</summary>
    /// <exception cref="ClientAnswerException">It is not there.</exception>
    public static double Number(ScalarsPart scalars, int key, ClientDescription client, string task) =>
        scalars.Find(key)?.Real ?? throw new ClientAnswerException($"{client.Name} answered '{task}' without the number {key}.");

    /// <summary>A client's sum of losses is one that cross-entropies have.</summary>
    /// <exception cref="ClientAnswerException">It is not.</exception>
    public static void RequireLoss(double loss, ClientDescription client)
    {
        if (!double.IsFinite(loss))
            throw Diverged(client, $"the sum of its losses is {loss}");
        if (loss < 0)
            throw new ClientAnswerException($"{client.Name} answered with a sum of losses of {loss}; a cross-entropy is not negative.");
    }

    /// <summary>The error of a client whose training has diverged.</summary>
    public static ClientAnswerException Diverged(ClientDescription client, string how, Exception? inner = null) =>
        new($"{client.Name} diverged: {how}. Lower training.learningRate.initial, or raise the batch size.", inner);

    /// <summary>The refusal that follows from bytes that cannot be read.</summary>
    public static AnswerRefusedException Refused(PayloadException e) =>
        new(e.Error == PayloadError.Unreachable ? RefusalReason.Implausible : RefusalReason.Malformed, $"The combined answer cannot be counted. {e.Message}", e);

    /// <summary>Sums of variances are not negative.</summary>
    private static void RequireVariances(ExactSum statistics, StatisticsLayout layout)
    {
        foreach (StatisticsTensor tensor in layout.Tensors)
        {
            if (tensor.Kind == StatisticsKind.Variance && statistics.HasNegative(tensor.Offset, tensor.Count))
                throw new AnswerRefusedException(RefusalReason.Implausible, $"The sum of the variances of {tensor.Name} is negative somewhere.");
        }
    }
}
