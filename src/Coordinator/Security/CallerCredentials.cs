using Federated.Protocol.Rpc;

namespace Federated.Coordinator.Security;

/// <summary>What a node or user brings along to a coordinator, from files.</summary>
/// <param name="AuthorityFile">The authorities that the coordinator's certificate must come from; null: those of the system.</param>
/// <param name="CertificateFile">The certificate that says who calls; null: none.</param>
/// <param name="KeyFile">Its private key.</param>
/// <param name="TokenFile">A file with the token that says who calls; null: none.</param>
/// <param name="IsInsecureAllowed">Whether to speak without encryption to another machine, too.</param>
internal sealed record CallerCredentials(string? AuthorityFile, string? CertificateFile, string? KeyFile, string? TokenFile, bool IsInsecureAllowed)
{
    /// <summary>Puts them into a channel's options.</summary>
    /// <param name="coordinator">Where the channel leads.</param>
    /// <param name="options">The other options.</param>
    /// <param name="time">Tells whether certificates are valid.</param>
    /// <exception cref="AccessException">A file cannot be used, or the address may not be spoken to so.</exception>
    public RpcChannelOptions Apply(Uri coordinator, RpcChannelOptions options, TimeProvider time)
    {
        EndpointPolicy.CheckCoordinator(coordinator, IsInsecureAllowed);
        if (string.Equals(coordinator.Scheme, Uri.UriSchemeHttps, StringComparison.OrdinalIgnoreCase))
            options = options with { Tls = ClientTls.Load(AuthorityFile, CertificateFile, KeyFile, time) };
        if (TokenFile is null)
            return options;
        RpcMetadata metadata = [];
        foreach (RpcMetadataEntry entry in options.Metadata ?? [])
        {
            if (entry.Text is string text)
                metadata.Add(entry.Name, text);
            else
                metadata.Add(entry.Name, entry.Bytes);
        }

        metadata.Add("authorization", "Bearer " + TokenTable.LoadOwn(TokenFile));
        return options with { Metadata = metadata };
    }
}
