using System.CommandLine;
using Federated.Coordinator.Fleet;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Security;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated serve</c>: a coordinator that waits for nodes and takes runs.</summary>
internal sealed class ServeCommand : ExampledCommand
{
    // Its name begins with a dot so that it is no name of a run.
    private const string StateFolder = ".coordinator";

    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly ServeOptions options;

    /// <summary>Builds the command.</summary>
    public ServeCommand(TimeProvider time, Interrupts interrupts)
        : base("serve", "Starts a coordinator: it waits for nodes and runs what is submitted. Runs that it had under way when it ended go on.",
            "federated serve", "federated serve --listen https://0.0.0.0:7070 --tls-cert certs/coordinator.crt --tls-key certs/coordinator.key --client-ca certs/ca.crt")
    {
        this.time = time;
        this.interrupts = interrupts;
        this.options = new ServeOptions(this);
        SetAction((arguments, _) => RunAsync(arguments));
    }

    private async Task<int> RunAsync(ParseResult arguments)
    {
        InvocationConfiguration console = arguments.InvocationConfiguration;
        ServeSettings settings = this.options.Read(arguments);
        ServerProtection protection = ServerProtection.Load(
            settings.Listen, settings.CertificateFile, settings.KeyFile, settings.ClientAuthorityFile, settings.TokensFile, settings.AllowPlainText, this.time);
        EventLog log = new(console.Output, this.time);
        this.interrupts.Announce("the coordinator ends when the round under way is complete and saved; once more ends it at once");
        CoordinatorSetup setup = new()
        {
            Listen = settings.Listen,
            HealthListen = settings.HealthListen,
            Authenticator = protection.Authenticator,
            Tls = protection.Tls,
            Storage = new FileGrainStorage(Path.Combine(settings.RunsFolder, StateFolder)),
            SpoolFolder = Path.Combine(settings.RunsFolder, StateFolder, "spool"),
            RunsFolder = settings.RunsFolder,
            Workers = settings.Workers,
            FindData = (experiment, cancel) => DataSearch.FindAsync(experiment, this.time, console.Error, cancel),
            Say = log.Write,
            Time = this.time,
        };
        await using CoordinatorHost host = await CoordinatorHost.StartAsync(setup, this.interrupts.Stop);
        log.Write($"listening at {host.Address.GetLeftPart(UriPartial.Authority)}; runs in {settings.RunsFolder}");
        if (host.HealthAddress is { } health)
            log.Write(HealthListenOption.Announcement(health));
        await host.Runs!.RunAsync(this.interrupts.Stop, this.interrupts.Abort);
        log.Write("ended; runs that are not over go on at the next start");
        return this.interrupts.Abort.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
    }
}
