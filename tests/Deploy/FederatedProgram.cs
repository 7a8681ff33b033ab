namespace Federated.Deploy.Tests;

/// <summary>The program itself, as it was built with these tests.</summary>
internal static class FederatedProgram
{
    /// <summary>Runs it; it has to succeed.</summary>
    public static Task<string> RunAsync(params string[] arguments) =>
        ToolProcess.RunAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Federated.Coordinator.dll"), .. arguments], AppContext.BaseDirectory);
}
