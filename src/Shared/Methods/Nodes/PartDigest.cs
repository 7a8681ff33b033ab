using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Federated.Protocol.Payloads;

namespace Federated.Methods.Nodes;

/// <summary>Names the content of a part that clients can keep.</summary>
public static class PartDigest
{
    /// <summary>Kind under which the part is referred to, and the SHA-256 of its content; null for parts that are never kept.</summary>
    public static (PartKind Kind, string Digest)? Of(Part part) => part switch
    {
        MaskPart mask => (PartKind.Mask, mask.Mask.Digest),
        MaskChangePart change => (PartKind.Mask, change.To.Digest),
        SparseValuesPart values => (PartKind.SparseValues, Hash(values.Values)),
        DenseValuesPart values => (PartKind.DenseValues, Hash(values.Values)),
        TensorValuesPart values => (values.Kind, Hash(values)),
        _ => null,
    };

    // Which tensors they are belongs to the content: equal values of other tensors are something else.
    private static string Hash(TensorValuesPart part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(part.Subset.Members.Words));
        hash.AppendData(MemoryMarshal.AsBytes(part.Values.AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Hash(ReadOnlySpan<float> values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));
}
