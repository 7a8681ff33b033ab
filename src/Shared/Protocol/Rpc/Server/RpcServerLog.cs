using Microsoft.Extensions.Logging;

namespace Federated.Protocol.Rpc;

/// <summary>What the server writes into its log.</summary>
internal static partial class RpcServerLog
{
    [LoggerMessage(1, LogLevel.Error, "{Method} failed with an exception that is no status")]
    public static partial void ServiceFailed(ILogger log, Exception exception, string method);

    [LoggerMessage(2, LogLevel.Debug, "{Method} ended with {Code}: {Message}")]
    public static partial void CallEnded(ILogger log, string method, RpcStatusCode code, string message);
}
