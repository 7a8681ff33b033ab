using System.CommandLine;

namespace Federated.Coordinator.CommandLine;

/// <summary>Options that are whole numbers.</summary>
internal static class NumberOptions
{
    /// <summary>Refuses numbers outside <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static void AcceptNumber(this Option<int?> option, int least, int most) => option.Validators.Add(result =>
    {
        // What is no number at all has its own message.
        if (result.Tokens is [{ Value: string given }] && int.TryParse(given, out int number) && (number < least || number > most))
            result.AddError($"{option.Name} must be {least} to {most}.");
    });
}
