namespace Federated.ClientNode.Remote;

/// <summary>Texts that cross.</summary>
internal static class Messages
{
    // The coordinator reads 4,096 characters.
    private const int Longest = 4000;

    /// <summary>The text, cut where the coordinator would not read on.</summary>
    public static string Cut(string text) => text.Length <= Longest ? text : text[..Longest];
}
