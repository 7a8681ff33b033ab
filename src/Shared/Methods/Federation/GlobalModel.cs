using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Federated.Engine.Parameters;

namespace Federated.Methods.Federation;

/// <summary>The model that the server holds between two rounds. Immutable: nobody writes into the arrays once they are here.</summary>
/// <param name="Mask">Which coordinates exist.</param>
/// <param name="Values">The compact vector of the mask, length <c>Mask.Count</c>.</param>
/// <param name="Statistics">Running statistics of the normalisation layers, in the order of the plan.</param>
public sealed record GlobalModel(Mask Mask, float[] Values, float[] Statistics)
{
    /// <summary>Values that the method keeps beside the network, such as an auxiliary head that only clients train with; empty where there are none.</summary>
    public float[] Auxiliary { get; init; } = [];

    /// <summary>SHA-256 over mask, values, statistics and auxiliary values (little-endian), lower-case hexadecimal.</summary>
    public string Sha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(Mask.Digest));
        hash.AppendData(MemoryMarshal.AsBytes<float>(Values));
        hash.AppendData(MemoryMarshal.AsBytes<float>(Statistics));
        hash.AppendData(MemoryMarshal.AsBytes<float>(Auxiliary));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The same model under another mask: surviving weights keep their values, new ones start at zero.</summary>
    public GlobalModel WithMask(Mask mask) => mask.Equals(Mask) ? this : new GlobalModel(mask, Mask.Transfer(Values, mask), Statistics);
}
