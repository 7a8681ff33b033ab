using Federated.Engine.Networks;
using Federated.Methods.Federation;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>Decodes clients' answers one after the other and adds each to a fold; keeps none of them.</summary>
/// <param name="plan">The network.</param>
/// <param name="task">Name of the task.</param>
/// <param name="fold">What the answers are added to.</param>
/// <param name="vectors">The arrays that answers are decoded into.</param>
public sealed class AnswerIntake(NetworkPlan plan, string task, IAnswerFold fold, VectorPool vectors)
{
    private readonly PayloadContext context = new(plan.Parameters, plan.Statistics.Count, fold.Mask, Vectors: vectors);

    /// <summary>Adds an answer as it crossed; the memory may be used again when the call returns.</summary>
    /// <exception cref="ClientAnswerException">The answer cannot be read, or not be used; nothing of it was added.</exception>
    public void Add(ClientDescription client, ReadOnlyMemory<byte> answer)
    {
        Payload payload;
        try
        {
            payload = Payload.Decode(answer, context);
        }
        catch (PayloadException e)
        {
            throw new ClientAnswerException($"The answer of {client.Name} to '{task}' cannot be read. {e.Message}", e);
        }

        fold.Add(client, payload);
    }
}
