namespace Federated.Coordinator.Grains;

/// <summary>A grain waits for a call that leads back to itself: it would wait for ever, because it handles one message at a time.</summary>
internal sealed class GrainReentrancyException(GrainId grain, string method)
    : GrainException($"{grain} was called ({method}) from a message that it is handling itself; call the method of the object instead, or after the message");
