using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>Options that are addresses of servers.</summary>
internal static class AddressOptions
{
    /// <summary>Refuses what is no scheme, host and port.</summary>
    public static void AcceptAddress(this Option option) => option.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: string given }] && Fault(given) is { } fault)
            result.AddError($"{option.Name} {fault}");
    });

    /// <summary>What is wrong with an address, as the end of a sentence that begins with its name; null when nothing is.</summary>
    internal static string? Fault(string given)
    {
        const string example = "such as http://127.0.0.1:7070 or https://coordinator.example:7070";
        if (!Uri.TryCreate(given, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            return Uri.TryCreate($"http://{given}", UriKind.Absolute, out Uri? guess) && guess.Host.Length > 0
                ? $"must begin with http:// or https://; did you mean 'http://{given}'?"
                : $"must be a URL, {example}.";
        }

        if (uri.Scheme is not ("http" or "https"))
            return $"must begin with http:// or https://, {example}.";
        return uri.PathAndQuery is "/" && uri.Fragment.Length == 0 && uri.UserInfo.Length == 0 ? null : $"must be scheme, host and port only, {example}.";
    }
}
