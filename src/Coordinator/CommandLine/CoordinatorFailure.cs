using System.Net.Sockets;
using System.Security.Authentication;
using Federated.Protocol.Rpc;

namespace Federated.Coordinator.CommandLine;

/// <summary>Says for people why a call of a coordinator failed, and what to do about it.</summary>
internal static class CoordinatorFailure
{
    /// <summary>The exception to end a command with.</summary>
    public static Exception Of(RpcException problem, CoordinatorAccess access)
    {
        string url = access.Url;
        string said = problem.Status.Message.TrimEnd('.');
        switch (problem.Code)
        {
            case RpcStatusCode.Unavailable when Inner<AuthenticationException>(problem) is { } untrusted:
                return new CoordinatorException(ExitCode.Refused, Untrusted(url, access, untrusted), problem);
            case RpcStatusCode.Unavailable:
                return new CoordinatorLostException($"no coordinator answers at {url}{Cause(problem, access)}; start one with `federated serve`, or name another with --coordinator", problem);
            case RpcStatusCode.Unauthenticated or RpcStatusCode.PermissionDenied:
                return new CoordinatorException(ExitCode.Refused, $"the coordinator at {url} refuses: {said}{CredentialRemedy(access)}", problem);
            case RpcStatusCode.Unimplemented or RpcStatusCode.Unknown when said.Length == 0 || problem.Status == RpcFailures.NotGrpc || problem.Code is RpcStatusCode.Unimplemented:
                return new CoordinatorException(ExitCode.BadInput, $"what answers at {url} is no coordinator of this release ({said}); name another with --coordinator", problem);
            case RpcStatusCode.InvalidArgument or RpcStatusCode.NotFound or RpcStatusCode.AlreadyExists or RpcStatusCode.FailedPrecondition or RpcStatusCode.ResourceExhausted:
                return new CoordinatorException(ExitCode.BadInput, $"the coordinator at {url} does not take it: {said}", problem);
            case RpcStatusCode.Cancelled:
                return new OperationCanceledException(said, problem);
            default:
                return new CoordinatorException(ExitCode.Failure, $"the coordinator at {url} failed ({problem.Code}): {said}", problem);
        }
    }

    private static string Cause(RpcException problem, CoordinatorAccess access)
    {
        if (Inner<SocketException>(problem) is { } socket)
        {
            return socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => " (connection refused)",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $" (there is no host '{access.Address.Host}')",
                SocketError.ConnectionReset when access.Address.Scheme == Uri.UriSchemeHttp => " (it closed the connection; it may speak TLS: try https://)",
                _ => $" ({socket.Message.TrimEnd('.')})",
            };
        }

        return problem.Status == RpcFailures.ConnectionLost && access.Address.Scheme == Uri.UriSchemeHttp ? " (the connection was lost; if it speaks TLS, try https://)" : $" ({problem.Status.Message.TrimEnd('.')})";
    }

    private static string Untrusted(string url, CoordinatorAccess access, AuthenticationException problem)
    {
        if (problem.Message.Contains("frame", StringComparison.OrdinalIgnoreCase))
            return $"what answers at {url} does not speak TLS; try http://{access.Address.Authority}";
        string remedy = access.AuthorityFile is null
            ? "name the authority that signed it with --ca, such as the ca.crt that `federated certs` makes"
            : $"it must be signed by an authority in {access.AuthorityFile} and name {access.Address.Host}";
        string own = access.CertificateFile is null ? "" : $", and {access.CertificateFile} by one that it trusts";
        return $"the coordinator at {url} and this program do not accept each other's certificates ({problem.Message.TrimEnd('.')}); {remedy}{own}";
    }

    private static string CredentialRemedy(CoordinatorAccess access) =>
        access.TokenFile is null && access.CertificateFile is null ? "; say who you are with --cert and --key, or with --token-file" : "";

    private static T? Inner<T>(Exception problem)
        where T : Exception
    {
        for (Exception? inner = problem; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
                return found;
        }

        return null;
    }
}
