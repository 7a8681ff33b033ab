using Federated.Protocol.Rpc;

namespace Federated.Protocol.Transfer;

/// <summary>Who may upload what, and who takes it.</summary>
public interface IUploadGate
{
    /// <summary>Asked before anything is opened, at each inquiry and each opening of an upload.</summary>
    /// <param name="upload">The list that it answers, its content and its length.</param>
    /// <param name="call">Who asks.</param>
    /// <exception cref="RpcException">
    /// It is refused: <c>UNAUTHENTICATED</c>, <c>PERMISSION_DENIED</c> (another node's list), <c>FAILED_PRECONDITION</c> (a list that is not handed out), <c>RESOURCE_EXHAUSTED</c>.
    /// </exception>
    ValueTask<UploadPermit> AdmitAsync(UploadKey upload, ServerCall call);

    /// <summary>Takes an upload that is whole and verified. Called once for it, unless it throws, which the uploader hears. The blob is the gate's from here on: disposing it makes room in the spool.</summary>
    /// <param name="upload">The upload.</param>
    /// <param name="blob">Its bytes.</param>
    /// <param name="call">Who uploaded it.</param>
    /// <exception cref="RpcException">It is not wanted any more.</exception>
    ValueTask TakeAsync(UploadKey upload, Blob blob, ServerCall call);
}
