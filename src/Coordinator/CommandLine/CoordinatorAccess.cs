namespace Federated.Coordinator.CommandLine;

/// <summary>How a command reaches a coordinator.</summary>
/// <param name="Address">Where it listens: http or https, host and port.</param>
/// <param name="AuthorityFile">Certificates of the authorities that the coordinator's certificate may come from; null: those of the system.</param>
/// <param name="CertificateFile">The certificate that says who calls, or null.</param>
/// <param name="KeyFile">Its private key, or null.</param>
/// <param name="TokenFile">A file that holds the token that says who calls, or null.</param>
/// <param name="AllowPlainText">Whether to speak without TLS to another machine, too.</param>
internal sealed record CoordinatorAccess(Uri Address, string? AuthorityFile, string? CertificateFile, string? KeyFile, string? TokenFile, bool AllowPlainText)
{
    /// <summary>The address without a slash behind it, as users write it.</summary>
    public string Url => Address.GetLeftPart(UriPartial.Authority);
}
