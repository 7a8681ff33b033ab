using System.CommandLine;
using Federated.ClientNode.Remote;
using Federated.ClientNode.Splitting;
using Federated.Coordinator.Runs;
using Federated.Coordinator.Security;
using Federated.Coordinator.Split;
using Federated.Protocol.Fleet;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Coordinator.CommandLine;

/// <summary><c>federated node</c>: trains clients for a coordinator.</summary>
internal sealed class NodeCommand : ExampledCommand
{
    /// <summary>Ends the process at once when its standard input ends: for nodes that another process starts.</summary>
    public const string UntilInputEnds = "--until-input-ends";

    private readonly TimeProvider time;
    private readonly Interrupts interrupts;
    private readonly CoordinatorOptions coordinator;
    private readonly Option<int?> slots = new("--slots") { Description = "Clients that train at the same time; default: one per core.", HelpName = "N" };
    private readonly Option<string?> name = new("--name") { Description = "Name in the fleet: a-z, 0-9, '-' and '.'; default: that of the certificate, else the host's.", HelpName = "NAME" };
    private readonly Option<string?> spool = new("--spool") { Description = "A folder of the node's own for what is arriving; default: a temporary one.", HelpName = "DIR" };
    private readonly Option<bool> untilInputEnds = new(UntilInputEnds) { Hidden = true };
    private readonly HealthListenOption health;
    private readonly BodyPlaceOption body;
    private readonly BodyRoleOptions role;

    /// <summary>Builds the command.</summary>
    public NodeCommand(TimeProvider time, Interrupts interrupts, Func<string, string?> environment)
        : base("node", "Trains clients for a coordinator until it is told to end; tries again whenever the coordinator is lost.",
            "federated node --coordinator http://127.0.0.1:7070", "federated node --coordinator https://coordinator.example:7070 --ca ca.crt --cert node-1.crt --key node-1.key --slots 4")
    {
        this.time = time;
        this.interrupts = interrupts;
        this.slots.AcceptNumber(1, RunCommand.MostWorkers);
        this.name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string given }] && !NodeName.IsValid(given))
                result.AddError("--name must be 1 to 63 of a-z, 0-9, '-' and '.', beginning with a letter or digit.");
        });
        Options.Add(this.slots);
        Options.Add(this.name);
        Options.Add(spool);
        Options.Add(untilInputEnds);
        coordinator = new CoordinatorOptions(this, environment);
        health = new HealthListenOption(this);
        body = new BodyPlaceOption(this);
        role = new BodyRoleOptions(this);
        SetAction((arguments, _) => RunAsync(arguments));
    }

    private async Task<int> RunAsync(ParseResult arguments)
    {
        InvocationConfiguration console = arguments.InvocationConfiguration;
        CoordinatorAccess access = coordinator.Read(arguments);
        bool isOwned = arguments.GetValue(untilInputEnds);
        using CancellationTokenSource inputEnded = isOwned ? InputEnd.Watch(this.time) : new CancellationTokenSource();
        this.interrupts.Announce("the node ends when what it has in hand is done; once more ends it at once");
        string? given = arguments.GetValue(this.name) ?? (access.CertificateFile is { } certificate ? ClientTls.NameIn(certificate) : null);
        // A certificate for all names of one label before a suffix leaves the label to the host.
        string suffix = given?.StartsWith("*.", StringComparison.Ordinal) == true ? given[1..] : "";
        using NodeNameLease? lease = given is null || suffix.Length > 0 ? NodeNameLease.Take(Label(Environment.MachineName, suffix), OwnFolder, Environment.ProcessId) : null;
        string name = lease is null ? given! : lease.Name + suffix;
        EventLog log = new(console.Output, this.time);
        HealthService state = new();
        state.SetStatus(HealthService.Server, ServingStatus.Serving);
        SetJoined(isJoined: false);
        await using HealthHost? probes = health.Read(arguments) is { } address ? await HealthHost.StartAsync(address, state, this.interrupts.Stop) : null;
        if (probes is not null)
            log.Write(HealthListenOption.Announcement(probes.Address));
        BodyRole? bodyRole = role.Read(arguments);
        ServerProtection? protection = bodyRole is null
            ? null
            : ServerProtection.Load(
                bodyRole.Listen, bodyRole.CertificateFile, bodyRole.KeyFile, bodyRole.ClientAuthorityFile, bodyRole.TokensFile, access.AllowPlainText, this.time);
        NodeBodies? bodies = protection is null ? null : new NodeBodies((opening, call) => protection.Authenticator.Require(call, Role.Node).RequireName(opening.Node));
        await using BodyHost? bodyHost = bodies is null
            ? null
            : await BodyHost.StartAsync(bodyRole!.Listen, protection!.Tls, bodies, new SplitHostOptions { Time = this.time, Notice = log.Write }, this.interrupts.Stop);
        Uri? bodyAddress = bodyHost is null ? null : bodyRole!.AddressFor(bodyHost.Address);
        if (bodyAddress is not null)
            log.Write($"runs bodies at {bodyAddress.GetLeftPart(UriPartial.Authority)}");
        NodeOptions options = new()
        {
            Name = name,
            Slots = arguments.GetValue(this.slots) ?? Environment.ProcessorCount,
            Data = new MachineData(this.time, console.Error),
            MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            OperationsPerSecond = SpeedProbe.Measure(this.time),
            Release = ExperimentRunner.Version,
            Time = this.time,
            SpoolFolder = arguments.GetValue(spool),
            Notice = log.Write,
            Joined = SetJoined,
            Body = body.Read(arguments),
            Bodies = bodies,
            BodyAddress = bodyAddress,
            TrainsClients = bodyRole?.TrainsClients ?? true,
        };
        options = options with { BodyChannel = host => CoordinatorChannel.OpenToBodies(host, access, options.Backoff) };

        // A node that another process started hears Ctrl-C with it, and ends with it, not before.
        CancellationToken stop = isOwned ? CancellationToken.None : this.interrupts.Stop;
        CancellationToken abort = isOwned ? inputEnded.Token : this.interrupts.Abort;
        await using RpcChannel channel = CoordinatorChannel.Open(access, options.Backoff);
        try
        {
            NodeEnd end = await NodeProcess.RunAsync(options, channel, stop, abort);
            log.Write($"ended: {end.Reason}");
        }
        catch (OperationCanceledException) when (inputEnded.IsCancellationRequested)
        {
            log.Write("ended with the process that started it");
        }

        return ExitCode.Success;

        void SetJoined(bool isJoined) => state.SetStatus(FleetReflection.Descriptor.Services[0].FullName, isJoined ? ServingStatus.Serving : ServingStatus.NotServing);
    }

    private static string Label(string host, string suffix) => suffix.Length > 0 ? host.Replace('.', '-') : host;

    private static string OwnFolder => Path.Combine(Path.GetTempPath(), $"federated-{Environment.UserName}");
}
