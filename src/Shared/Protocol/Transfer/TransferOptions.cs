namespace Federated.Protocol.Transfer;

/// <summary>How patient the two halves are.</summary>
public sealed record TransferOptions
{
    /// <summary>A stream on which nothing comes, or nothing is taken, for so long is ended.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The client waits so long for the answer to an inquiry or to the end of an upload: the server may have to count the upload first.</summary>
    public TimeSpan AnswerLimit { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Tries of the client in a row that bring not one byte forward, before it gives up; each byte that arrives makes the count begin anew.</summary>
    public int Tries { get; init; } = 8;

    /// <summary>Pause before the second try; it doubles with each try in vain.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Uploads that the server remembers at the same time; the one that was silent longest is forgotten for a new one.</summary>
    public int OpenUploads { get; init; } = 4096;
}
