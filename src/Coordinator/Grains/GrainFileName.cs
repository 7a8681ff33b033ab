using System.Security.Cryptography;
using System.Text;

namespace Federated.Coordinator.Grains;

/// <summary>
/// Names files after keys. Letters in lower case, digits and dashes stand for themselves; every other byte of the key's UTF-8 becomes <c>%</c> and two hexadecimal digits, capitals too,
/// because some file systems do not tell them apart. So no two keys share a file, and no key leads out of the folder.
/// </summary>
internal static class GrainFileName
{
    /// <summary>Extension of the files.</summary>
    public const string Extension = ".grain";

    // File systems take 255 bytes; the temporary file's name is longer than the file's.
    private const int LongestEscaped = 150;

    // Names of devices on Windows, with any extension.
    private static readonly HashSet<string> Devices = new(["con", "prn", "aux", "nul", .. Enumerable.Range(0, 10).SelectMany(n => new[] { $"com{n}", $"lpt{n}" })], StringComparer.Ordinal);

    /// <summary>The name of the file for a key.</summary>
    public static string Of(string key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
        var name = new StringBuilder(bytes.Length + Extension.Length);
        foreach (byte value in bytes)
        {
            if (IsPlain(value) && !(name.Length == 0 && Devices.Contains(key)))
                name.Append((char)value);
            else
                name.Append('%').Append(value.ToString("X2"));
        }

        // What is too long is told apart by its hash; '=' is in no other name.
        if (name.Length > LongestEscaped)
            name.Remove(LongestEscaped, name.Length - LongestEscaped).Append('=').Append(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        return name.Append(Extension).ToString();
    }

    private static bool IsPlain(byte value) => value is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-';
}
