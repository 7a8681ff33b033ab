namespace Federated.Engine.Layers;

/// <summary>A yes or no that the compiler of a generic sweep sees as a constant.</summary>
internal interface IFlag
{
    /// <summary>Whether the flag is set.</summary>
    static abstract bool IsSet { get; }
}

/// <summary>Yes.</summary>
internal readonly struct On : IFlag
{
    /// <inheritdoc/>
    public static bool IsSet => true;
}

/// <summary>No.</summary>
internal readonly struct Off : IFlag
{
    /// <inheritdoc/>
    public static bool IsSet => false;
}
