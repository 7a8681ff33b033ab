using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>
/// What is large, from and to the coordinator. Any exception but <see cref="TransferRefusedException"/> means that it may work later; what crossed before need not cross again.
/// </summary>
internal interface INodeTransfer
{
    /// <summary>The bytes of a payload.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sha256">SHA-256 of the bytes, which have been compared with it.</param>
    /// <param name="length">Their number.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="TransferRefusedException">The coordinator does not have it, or it is not what was announced.</exception>
    Task<byte[]> FetchPayloadAsync(string run, ReadOnlyMemory<byte> sha256, long length, CancellationToken cancel);

    /// <summary>A part that clients keep, as a payload that holds it alone.</summary>
    /// <param name="run">The run.</param>
    /// <param name="digest">The digest that references name it with; not compared with anything.</param>
    /// <param name="longest">Most bytes that it may have.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="TransferRefusedException">The coordinator does not have it, or it is longer.</exception>
    Task<byte[]> FetchKeptAsync(string run, ReadOnlyMemory<byte> digest, long longest, CancellationToken cancel);

    /// <summary>Brings a combined answer to the coordinator; does nothing when it is there already.</summary>
    /// <exception cref="TransferRefusedException">The coordinator does not take it.</exception>
    Task UploadAsync(UploadName name, ReadOnlyMemory<byte> answer, CancellationToken cancel);
}
