namespace Federated.Coordinator.Grains;

/// <summary>Gives references to grains.</summary>
internal interface IGrains
{
    /// <summary>
    /// The grain of a kind with a key. Always there: it is activated, from its stored state if it has any, when the first message reaches it. A call waits its turn; its token ends the
    /// wait at once, and takes the message back when it has not begun.
    /// </summary>
    /// <typeparam name="T">The grain's interface.</typeparam>
    T Get<T>(string key)
        where T : class, IGrain;
}
