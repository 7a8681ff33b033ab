using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace Federated.Protocol.Rpc;

/// <summary>What a response's headers and trailers say about the call.</summary>
internal static class ResponseHeaders
{
    /// <summary>Checks the headers. A status there means that nothing else comes ("Trailers-Only").</summary>
    /// <returns>The status, if the call has ended with it.</returns>
    public static RpcStatus? Check(HttpResponseMessage response)
    {
        RpcStatus? status = StatusIn(response.Headers.NonValidated);
        if (status is not null)
            return status;
        if (response.StatusCode != HttpStatusCode.OK)
            return StatusMapping.FromHttp((int)response.StatusCode);
        return response.Content.Headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues type) && HeaderNames.IsGrpc(type.ToString()) ? null : RpcFailures.NotGrpc;
    }

    /// <summary>Whether messages may be compressed.</summary>
    /// <exception cref="RpcException">With a compression that is unknown.</exception>
    public static bool HasEncoding(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues(HeaderNames.Encoding, out HeaderStringValues values))
            return false;
        string encoding = values.ToString();
        if (string.Equals(encoding, HeaderNames.Identity, StringComparison.Ordinal))
            return false;
        return string.Equals(encoding, HeaderNames.Gzip, StringComparison.Ordinal) ? true : throw new RpcException(RpcFailures.UnknownEncoding);
    }

    /// <summary>The status in the trailers, which are there when the body has ended.</summary>
    public static RpcStatus StatusInTrailers(HttpResponseMessage response) => StatusIn(response.TrailingHeaders.NonValidated) ?? RpcFailures.MissingStatus;

    /// <summary>Entries of the application among headers.</summary>
    public static RpcMetadata Metadata(HttpHeaders headers)
    {
        var metadata = new RpcMetadata();
        foreach ((string name, HeaderStringValues values) in headers.NonValidated)
        {
            foreach (string value in values)
                metadata.AddHeader(name, value);
        }

        return metadata;
    }

    private static RpcStatus? StatusIn(HttpHeadersNonValidated headers)
    {
        if (!headers.TryGetValues(HeaderNames.Status, out HeaderStringValues text))
            return null;
        if (!int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int code))
            return RpcFailures.BadStatus;
        if (code == 0)
            return RpcStatus.Ok;
        string message = headers.TryGetValues(HeaderNames.Message, out HeaderStringValues encoded) ? PercentEncoding.Decode(encoded.ToString()) : "";
        // Codes that this version does not know are Unknown, as the specification asks for.
        return new RpcStatus(code <= (int)RpcStatusCode.Unauthenticated ? (RpcStatusCode)code : RpcStatusCode.Unknown, message);
    }
}
