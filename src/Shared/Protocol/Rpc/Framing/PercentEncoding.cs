using System.Globalization;
using System.Text;

namespace Federated.Protocol.Rpc;

/// <summary>How <c>grpc-message</c> crosses: UTF-8, with what is not printable ASCII, and the percent sign, as <c>%XX</c>.</summary>
internal static class PercentEncoding
{
    /// <summary>Longest message that is sent, in characters: headers have limits of their own, and a status must arrive.</summary>
    private const int LongestMessage = 2048;

    public static string Encode(string message)
    {
        if (message.Length > LongestMessage)
            message = message[..(char.IsHighSurrogate(message[LongestMessage - 1]) ? LongestMessage - 1 : LongestMessage)];
        if (!message.AsSpan().ContainsAnyExceptInRange(' ', '~') && !message.Contains('%'))
            return message;
        var encoded = new StringBuilder(message.Length * 2);
        foreach (byte value in Encoding.UTF8.GetBytes(message))
        {
            if (value is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)value);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
        }

        return encoded.ToString();
    }

    /// <summary>Never fails: what is not a valid escape stays as it is, as the specification asks for.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%'))
            return text;
        byte[] source = Encoding.UTF8.GetBytes(text);
        int length = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length && byte.TryParse(source.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
            {
                source[length++] = value;
                i += 2;
            }
            else
            {
                source[length++] = source[i];
            }
        }

        return Encoding.UTF8.GetString(source, 0, length);
    }
}
