using Federated.Protocol.Rpc;

namespace Federated.Protocol.Transfer;

/// <summary>Where the server takes what is fetched from.</summary>
public interface IBlobSource
{
    /// <summary>The blob with this name; null where there is none, which the caller hears as <c>NOT_FOUND</c>. The source keeps the blob; it may dispose it while it is read, and the fetch ends then.</summary>
    /// <param name="name">What is wanted.</param>
    /// <param name="call">Who asks.</param>
    /// <exception cref="RpcException">The caller may not have it: <c>UNAUTHENTICATED</c>, <c>PERMISSION_DENIED</c>.</exception>
    ValueTask<Blob?> FindAsync(BlobName name, ServerCall call);
}
