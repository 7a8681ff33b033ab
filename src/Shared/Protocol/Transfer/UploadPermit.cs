namespace Federated.Protocol.Transfer;

/// <summary>What may be uploaded.</summary>
/// <param name="MaximumBytes">The longest upload.</param>
/// <param name="IsTaken">This very upload was handed over before: nothing need be sent again.</param>
public readonly record struct UploadPermit(long MaximumBytes, bool IsTaken = false);
