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
        _ => null,
    };

    private static string Hash(ReadOnlySpan<float> values) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(values)));
}
