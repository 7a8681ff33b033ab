namespace Federated.Engine.Storage;

/// <summary>Element types of the safetensors format. The engine computes with <see cref="F32"/>; the others are carried as raw little-endian bytes.</summary>
public enum SafeTensorsType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>IEEE 754 binary64.</summary>
    F64,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>The upper half of binary32.</summary>
    BF16,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Boolean,
}

/// <summary>Names and sizes of the element types.</summary>
internal static class SafeTensorsTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(SafeTensorsType type) => type switch
    {
        SafeTensorsType.F64 or SafeTensorsType.I64 or SafeTensorsType.U64 => 8,
        SafeTensorsType.F32 or SafeTensorsType.I32 or SafeTensorsType.U32 => 4,
        SafeTensorsType.F16 or SafeTensorsType.BF16 or SafeTensorsType.I16 or SafeTensorsType.U16 => 2,
        SafeTensorsType.I8 or SafeTensorsType.U8 or SafeTensorsType.Boolean => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };

    /// <summary>The type's name in the header.</summary>
    public static string Name(SafeTensorsType type) => type == SafeTensorsType.Boolean ? "BOOL" : type.ToString();

    /// <summary>The type that a header calls <paramref name="name"/>, or null.</summary>
    public static SafeTensorsType? FromName(string name)
    {
        foreach (SafeTensorsType type in Enum.GetValues<SafeTensorsType>())
        {
            if (string.Equals(Name(type), name, StringComparison.Ordinal))
                return type;
        }

        return null;
    }
}
