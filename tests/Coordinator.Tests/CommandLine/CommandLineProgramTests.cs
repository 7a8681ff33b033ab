using Federated.Methods.Experiments;
using Xunit;

namespace Federated.Coordinator.Tests.CommandLine;

public sealed class CommandLineProgramTests
{
    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_names_every_command_and_the_exit_codes(params string[] arguments)
    {
        (int exitCode, string output, string error) = await CommandLineHarness.RunAsync(arguments);

        Assert.Equal((0, ""), (exitCode, error));
        foreach (string word in new[] { "run", "plan", "report", "compare", "list", "new", "data", "serve", "node", "submit", "runs", "watch", "stop", "130", "Exit codes:" })
            Assert.Contains(word, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("plan")]
    [InlineData("report")]
    [InlineData("compare")]
    [InlineData("list")]
    [InlineData("new")]
    [InlineData("data")]
    [InlineData("data list")]
    [InlineData("data get")]
    [InlineData("serve")]
    [InlineData("node")]
    [InlineData("certs")]
    [InlineData("submit")]
    [InlineData("runs")]
    [InlineData("watch")]
    [InlineData("stop")]
    public async Task Every_command_has_help_with_an_example(string command)
    {
        (int exitCode, string output, _) = await CommandLineHarness.RunAsync([.. command.Split(' '), "--help"]);

        Assert.Equal(0, exitCode);
        Assert.Contains($"  federated {command} ", output, StringComparison.Ordinal);
        Assert.Contains($"Examples:{Environment.NewLine}  federated {command}", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate", "'frobnicate' is no command or option here. See: federated --help")]
    [InlineData("lst", "'lst' is no command or option here. Did you mean 'list'? See: federated --help")]
    [InlineData("new", "See: federated new --help")]
    [InlineData("new gossip", "There is no method 'gossip'; choose one of: fedavg, ")]
    [InlineData("data get mnits", "There is no data set 'mnits'; did you mean 'mnist'?")]
    [InlineData("list --colour", "--colour")]
    [InlineData("run", "See: federated run --help")]
    [InlineData("run e.yaml --seed -1", "--seed")]
    [InlineData("run e.yaml --sed 1", "--sed")]
    [InlineData("compare a", "See: federated compare --help")]
    [InlineData("data", "See: federated data --help")]
    [InlineData("runs --coordinator localhost:7070", "--coordinator must begin with http:// or https://; did you mean 'http://localhost:7070'?")]
    [InlineData("runs --coordinator ftp://x", "--coordinator must begin with http:// or https://, such as")]
    [InlineData("runs --coordinator http://x:7070/runs", "--coordinator must be scheme, host and port only, such as")]
    [InlineData("watch r --cert c.crt", "--cert and --key go together")]
    [InlineData("submit e.yaml --json", "--json says how --watch shows the run: give both.")]
    [InlineData("stop", "See: federated stop --help")]
    [InlineData("serve --listen :7070", "--listen must be a URL")]
    [InlineData("serve --listen https://127.0.0.1:0", "--listen https://… needs --tls-cert and --tls-key")]
    [InlineData("serve --tls-cert c.crt", "--tls-cert and --tls-key go together")]
    [InlineData("serve --client-ca ca.crt", "--client-ca is for --listen https://…")]
    [InlineData("serve --health-listen 1", "--health-listen must begin with http")]
    [InlineData("node --slots 0", "--slots must be 1 to 1024.")]
    [InlineData("node --name Upper", "--name must be 1 to 63 of a-z")]
    [InlineData("run e.yaml --nodes 65", "--nodes must be 1 to 64.")]
    [InlineData("run e.yaml --slots 2", "--slots is for --nodes")]
    [InlineData("run e.yaml --body nodes", "--body is for --nodes")]
    [InlineData("run e.yaml --nodes 2 --body here", "--body must be in-process, coordinator or nodes.")]
    [InlineData("node --role body", "--role body and --role both need --listen")]
    [InlineData("node --listen http://127.0.0.1:0", "are for --role body or --role both")]
    [InlineData("node --role both --listen https://127.0.0.1:0", "--listen https://… and --tls-cert go together")]
    [InlineData("node --role both --listen here", "--listen must begin with http:// or https://")]
    public async Task A_wrong_command_line_gives_one_line_and_exit_code_2(string line, string message)
    {
        (int exitCode, string output, string error) = await CommandLineHarness.RunAsync(line.Split(' '));

        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.StartsWith("federated: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("runs")]
    [InlineData("watch small")]
    [InlineData("stop small")]
    public async Task Where_no_coordinator_answers_the_way_out_is_named(string line)
    {
        // Nobody listens on a port that was given back a moment ago.
        System.Net.Sockets.TcpListener listener = new(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        string url = $"http://{listener.LocalEndpoint}";
        listener.Stop();
        (int exitCode, string output, string error) = await CommandLineHarness.RunAsync([.. line.Split(' '), "--coordinator", url]);

        Assert.Equal((3, ""), (exitCode, output));
        Assert.Equal($"federated: no coordinator answers at {url} (connection refused); start one with `federated serve`, or name another with --coordinator", error.TrimEnd());
    }

    [Fact]
    public async Task List_names_what_an_experiment_may_use()
    {
        (int exitCode, string output, _) = await CommandLineHarness.RunAsync("list");

        Assert.Equal(0, exitCode);
        foreach (string name in new[] { "fedtiny", "resnet-20", "cifar-10", "pathological", "classesPerClient", "microcontroller" })
            Assert.Contains(name, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_of_one_kind_shows_only_that()
    {
        (_, string output, _) = await CommandLineHarness.RunAsync("list", "partitions");

        Assert.Contains("dirichlet     alpha, balance, minimumSamples", output, StringComparison.Ordinal);
        Assert.DoesNotContain("fedtiny", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_prints_a_file_that_the_program_reads()
    {
        foreach (MethodEntry method in MethodCatalog.All)
        {
            (int exitCode, string output, _) = await CommandLineHarness.RunAsync("new", method.Name);

            Assert.Equal(0, exitCode);
            Assert.Equal(method.DefaultOptions(), Coordinator.CommandLine.Vocabulary.Reader.Parse(output, "new", []).Method);
        }
    }

    [Fact]
    public async Task Data_list_names_every_set_and_has_the_generated_one()
    {
        (int exitCode, string output, _) = await CommandLineHarness.RunAsync("data", "list");

        Assert.Equal(0, exitCode);
        Assert.Contains("cifar-100", output, StringComparison.Ordinal);
        Assert.Contains("generated", Assert.Single(output.Split('\n'), line => line.StartsWith("synthetic", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
