using System.Security.Cryptography;
using System.Text;

namespace Federated.Coordinator.Security;

/// <summary>Who has which token. Only the tokens' SHA-256 is kept, and compared in a time that does not depend on the bytes.</summary>
internal sealed class TokenTable
{
    private const int ShortestToken = 16;
    private const int LongestToken = 512;

    private readonly List<(byte[] Sha256, Identity Identity)> entries = [];

    private TokenTable()
    {
    }

    /// <summary>Reads a file of lines <c>role name token</c>; empty lines and those that begin with <c>#</c> say nothing.</summary>
    /// <exception cref="AccessException">The file cannot be read, others can read it, or a line is none. No token is in the message.</exception>
    public static TokenTable Load(string path)
    {
        TokenTable table = new();
        int number = 0;
        foreach (string line in SecretFile.Read(path).Split('\n').Select(line => line.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
                continue;
            string[] words = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 3)
                throw Bad("has not three words: role, name, token");
            if (Roles.Parse(words[0]) is not Role role)
                throw Bad("does not begin with a role, node or user");
            if (!IdentityName.IsValid(words[1]))
                throw Bad($"has a name that none can have: {IdentityName.Form}");
            if (FaultOf(words[2]) is { } fault)
                throw Bad($"has a token that {fault}");
            byte[] hash = HashOf(words[2]);
            if (table.entries.Any(entry => CryptographicOperations.FixedTimeEquals(entry.Sha256, hash)))
                throw Bad("has the token of another line: each needs its own");
            table.entries.Add((hash, new Identity(role, words[1])));
        }

        return table.entries.Count > 0 ? table : throw new AccessException(AccessError.BadLine, $"{path}: holds no line 'role name token'; nobody could call");

        AccessException Bad(string what) => new(AccessError.BadLine, $"{path}: line {number} {what}");
    }

    /// <summary>Reads a file that holds one token, the caller's own.</summary>
    /// <exception cref="AccessException">The file cannot be read, others can read it, or it holds something else.</exception>
    public static string LoadOwn(string path)
    {
        string token = SecretFile.Read(path).Trim();
        return FaultOf(token) is { } fault ? throw new AccessException(AccessError.BadLine, $"{path}: holds a token that {fault}; one token and nothing else is needed") : token;
    }

    /// <summary>Who has this token; null: nobody. Takes as long for each.</summary>
    public Identity? Find(string token)
    {
        byte[] hash = HashOf(token);
        Identity? found = null;
        foreach ((byte[] sha256, Identity identity) in entries)
        {
            if (CryptographicOperations.FixedTimeEquals(sha256, hash))
                found = identity;
        }

        return found;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{entries.Count} tokens";

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private static string? FaultOf(string token)
    {
        if (token.Length is < ShortestToken or > LongestToken)
            return $"is not {ShortestToken} to {LongestToken} characters long";
        // What a header can carry as it is.
        return token.All(character => character is > ' ' and < '\x7f') ? null : "has other characters than letters, digits and signs of ASCII";
    }
}
