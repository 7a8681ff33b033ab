namespace Federated.Engine.Kernels;

/// <summary>A number that the compiler of a generic kernel sees as a constant, so that unused pixels of a tile cost nothing.</summary>
internal interface IConstant
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>The constant 1.</summary>
internal readonly struct One : IConstant
{
    /// <inheritdoc/>
    public static int Value => 1;
}

/// <summary>The constant 2.</summary>
internal readonly struct Two : IConstant
{
    /// <inheritdoc/>
    public static int Value => 2;
}

/// <summary>The constant 3.</summary>
internal readonly struct Three : IConstant
{
    /// <inheritdoc/>
    public static int Value => 3;
}

/// <summary>The constant 4.</summary>
internal readonly struct Four : IConstant
{
    /// <inheritdoc/>
    public static int Value => 4;
}
