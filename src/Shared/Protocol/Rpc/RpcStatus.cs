namespace Federated.Protocol.Rpc;

/// <summary>How a call ended.</summary>
/// <param name="Code">The kind of end.</param>
/// <param name="Message">For people; it crosses to the caller, so it holds nothing secret. May be empty.</param>
public readonly record struct RpcStatus(RpcStatusCode Code, string Message)
{
    /// <summary>Success.</summary>
    public static RpcStatus Ok { get; } = new(RpcStatusCode.Ok, "");

    /// <inheritdoc/>
    public override string ToString() => string.IsNullOrEmpty(Message) ? Code.ToString() : $"{Code}: {Message}";
}
