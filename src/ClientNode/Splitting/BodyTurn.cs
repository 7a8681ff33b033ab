using Federated.Methods.Splitting;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>One message on its way through a workspace.</summary>
/// <param name="seat">Whose it is.</param>
/// <param name="number">Its number.</param>
/// <param name="leg">What it asks for.</param>
/// <param name="payload">What it brings; nobody changes it.</param>
internal sealed class BodyTurn(BodySeat seat, int number, SplitLeg leg, ReadOnlyMemory<byte> payload)
{
    private readonly TaskCompletionSource<ByteString> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whose it is.</summary>
    public BodySeat Seat => seat;

    /// <summary>Its number.</summary>
    public int Number => number;

    /// <summary>What it asks for.</summary>
    public SplitLeg Leg => leg;

    /// <summary>What it brings.</summary>
    public ReadOnlyMemory<byte> Payload => payload;

    /// <summary>The reply.</summary>
    public Task<ByteString> Reply => completion.Task;

    /// <summary>It is done.</summary>
    public void Complete(ByteString reply) => completion.TrySetResult(reply);

    /// <summary>It cannot be done.</summary>
    public void Fail(Exception problem)
    {
        if (problem is OperationCanceledException)
            completion.TrySetCanceled();
        else
            completion.TrySetException(problem);
        _ = completion.Task.Exception; // nobody may be waiting for it any more
    }
}
