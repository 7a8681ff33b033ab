namespace Federated.Protocol.Rpc;

/// <summary>Headers and trailers of gRPC over HTTP/2.</summary>
internal static class HeaderNames
{
    public const string Status = "grpc-status";
    public const string Message = "grpc-message";
    public const string Encoding = "grpc-encoding";
    public const string AcceptEncoding = "grpc-accept-encoding";
    public const string ContentType = "application/grpc";
    public const string Identity = "identity";
    public const string Gzip = "gzip";
    public const string Accepted = "identity,gzip";

    /// <summary>Whether a content type is gRPC with protobuf messages.</summary>
    public static bool IsGrpc(string? contentType)
    {
        if (contentType is null || !contentType.StartsWith(ContentType, StringComparison.OrdinalIgnoreCase))
            return false;
        ReadOnlySpan<char> rest = contentType.AsSpan(ContentType.Length);
        return rest.IsEmpty || rest[0] == ';' || rest.Equals("+proto", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("+proto;", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether a list of compressions contains gzip.</summary>
    public static bool NamesGzip(string? list)
    {
        foreach (Range part in list.AsSpan().Split(','))
        {
            if (list.AsSpan(part).Trim().Equals(Gzip, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
