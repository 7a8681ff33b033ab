namespace Federated.Protocol.Accounting;

/// <summary>A ledger's text is damaged or not in its canonical form.</summary>
/// <param name="line">The line, from 1.</param>
/// <param name="message">What is wrong with it and what to do.</param>
public sealed class LedgerException(long line, string message) : Exception($"Ledger, line {line}: {message}")
{
    /// <summary>The line, from 1.</summary>
    public long Line { get; } = line;
}
