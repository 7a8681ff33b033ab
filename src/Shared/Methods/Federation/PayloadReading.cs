using Federated.Engine.Parameters;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Federation;

/// <summary>Reading what a payload must hold, with errors that name the client and the task.</summary>
public static class PayloadReading
{
    /// <summary>The mask in force and the values that belong to it, from a payload that came down to a client.</summary>
    /// <param name="received">The payload.</param>
    /// <param name="dense">The mask that keeps everything, for a payload without mask.</param>
    /// <exception cref="ClientAnswerException">The payload holds no values.</exception>
    public static (Mask Mask, float[] Values) Model(this Payload received, Mask dense)
    {
        if (received.Find<DenseValuesPart>() is { } whole)
            return (dense, whole.Values);
        Mask? mask = received.Find<MaskPart>()?.Mask ?? received.Find<MaskChangePart>()?.To;
        return mask is not null && received.Find<SparseValuesPart>() is { } sparse
            ? (mask, sparse.Values)
            : throw new ClientAnswerException("The payload from the server holds no model: coordinator and node are of different versions.");
    }

    /// <summary>The part of a client's answer.</summary>
    /// <exception cref="ClientAnswerException">There is none.</exception>
    public static TPart Require<TPart>(this Payload answer, ClientDescription client, string task)
        where TPart : Part =>
        answer.Find<TPart>() ?? throw new ClientAnswerException($"{client.Name} answered '{task}' without the part {typeof(TPart).Name}.");

    /// <summary>The values of a client's answer, which must belong to <paramref name="mask"/>.</summary>
    /// <exception cref="ClientAnswerException">There are none, or their number is wrong.</exception>
    public static float[] RequireValues(this Payload answer, ClientDescription client, Mask mask)
    {
        float[] values = answer.Find<SparseValuesPart>()?.Values ?? answer.Find<DenseValuesPart>()?.Values
            ?? throw new ClientAnswerException($"{client.Name} answered without values.");
        return values.Length == mask.Count
            ? values
            : throw new ClientAnswerException($"{client.Name} answered with {values.Length} values where the mask keeps {mask.Count}.");
    }

    /// <summary>The running statistics of a client's answer.</summary>
    /// <exception cref="ClientAnswerException">There are none, or their number is wrong.</exception>
    public static float[] RequireStatistics(this Payload answer, ClientDescription client, string task, int length)
    {
        float[] values = answer.Require<NormStatisticsPart>(client, task).Values;
        return values.Length == length
            ? values
            : throw new ClientAnswerException($"{client.Name} answered '{task}' with {values.Length} statistics where the network has {length}.");
    }
}
