using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Federated.Deploy.Tests.Images;
using Xunit;

namespace Federated.Deploy.Tests;

public sealed class DockerfileTests
{
    private const string Program = "src/Coordinator/Federated.Coordinator.csproj";
    private readonly Dockerfile dockerfile = Dockerfile.Read();

    [Fact]
    public void A_user_can_say_where_every_image_comes_from()
    {
        foreach (Stage stage in dockerfile.Stages)
        {
            string name = stage.From.Trim('$', '{', '}');
            Assert.Equal($"${{{name}}}", stage.From);
            string argument = Assert.Single(dockerfile.Arguments, argument => argument.Rest.StartsWith($"{name}=", StringComparison.Ordinal)).Rest;
            // A fixed release; what it runs is of the .NET that the projects are built for.
            Assert.Matches(":10\\.0-[a-z-]+$", argument);
        }
    }

    [Fact]
    public void Everything_that_is_copied_is_there()
    {
        string?[] before = [];
        foreach (Stage stage in dockerfile.Stages)
        {
            foreach (Copy copy in Dockerfile.Copies(stage))
            {
                if (copy.FromStage is null)
                    Assert.All(copy.Sources, static source => Assert.NotEmpty(BuildContext.Files(source.TrimEnd('/'))));
                else
                    Assert.Contains(copy.FromStage, before);
            }

            before = [.. before, stage.Name];
        }
    }

    [Fact]
    public void The_builder_is_given_sources_only()
    {
        Assert.All(["src/Coordinator/Program.cs", "protos/federated/v1/fleet.proto"], static file => Assert.True(BuildContext.Contains(file)));
        Assert.All(
            ["artifacts/x.dll", ".git/config", "tests/a.cs", "deploy/k8s/certs/ca.key", "runs/a/model.safetensors", "src/Coordinator/bin/a.dll", "src/Shared/Engine/obj/project.assets.json", "Dockerfile"],
            static file => Assert.False(BuildContext.Contains(file), file));
    }

    [Fact]
    public void Every_project_of_the_program_is_copied_with_its_lock_file_before_the_packages_are_restored()
    {
        IReadOnlyList<Instruction> build = dockerfile.Stages[0].Instructions;
        int restore = build.TakeWhile(static instruction => !(instruction.Name == "RUN" && instruction.Rest.Contains("dotnet restore", StringComparison.Ordinal))).Count();
        Assert.Contains("--locked-mode", build[restore].Rest);
        string[] copied = [.. Dockerfile.Copies(dockerfile.Stages[0] with { Instructions = [.. build.Take(restore)] }).SelectMany(static copy => copy.Sources)];
        string[] projects = [.. Projects(Program).Distinct().Order()];
        Assert.True(projects.Length >= 6);
        Assert.Equal(projects, copied.Where(static file => file.EndsWith(".csproj", StringComparison.Ordinal)).Order());
        Assert.All(projects, project => Assert.Contains($"{project[..project.LastIndexOf('/')]}/packages.lock.json", copied));
    }

    [Fact]
    public void The_image_runs_as_a_user_without_rights_who_may_write_to_the_data_folder()
    {
        Match user = Regex.Match(dockerfile.User, "^(?<user>[0-9]+):(?<group>[0-9]+)$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10));
        Assert.True(user.Success, $"the image's user is {dockerfile.User}: Kubernetes cannot tell that it is not root");
        Assert.All(["user", "group"], part => Assert.NotEqual(0, int.Parse(user.Groups[part].Value)));
        Assert.Equal("USER", dockerfile.Stages[^1].Instructions.Last(static instruction => instruction.Name is "USER" or "RUN" or "COPY").Name);
        Assert.Contains(dockerfile.Stages[^1].Instructions, instruction => instruction.Name == "COPY" && instruction.Rest.Contains($"--chown={dockerfile.User} /out/data /data", StringComparison.Ordinal));
        // The base image has no shell that could run anything.
        Assert.DoesNotContain(dockerfile.Stages[^1].Instructions, static instruction => instruction.Name is "RUN" or "HEALTHCHECK");
        Assert.StartsWith("[", dockerfile.Last("ENTRYPOINT"));
    }

    [Fact]
    public void The_image_says_what_it_is_and_where_it_listens()
    {
        string labels = dockerfile.Last("LABEL");
        Assert.All(["title", "description", "version", "revision", "source", "licenses"], label => Assert.Contains($"org.opencontainers.image.{label}=", labels));
        Assert.Equal("7070 7071", dockerfile.Last("EXPOSE"));
    }

    /// <summary>Runs the build stage's own commands on nothing but the files that it copies, in a folder of its own.</summary>
    [Fact]
    public async Task The_build_stage_publishes_the_program_from_the_files_that_it_copies()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("federated-test-");
        try
        {
            foreach (string file in Dockerfile.Copies(dockerfile.Stages[0]).SelectMany(static copy => copy.Sources).SelectMany(static source => BuildContext.Files(source.TrimEnd('/'))).Distinct())
            {
                string target = Path.Combine(scratch.FullName, "source", file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Repository.At(file), target);
            }

            foreach (Instruction run in dockerfile.Stages[0].Instructions.Where(static instruction => instruction.Name == "RUN"))
            {
                string command = Regex.Replace(run.Rest, "--mount=\\S+", "", RegexOptions.None, TimeSpan.FromSeconds(10)).Replace("/out/", $"{scratch.FullName}/out/", StringComparison.Ordinal);
                // A build server would keep the folder in use.
                await ToolProcess.RunAsync("sh", ["-c", $"MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 {command}"], Path.Combine(scratch.FullName, "source"));
            }

            string[] entry = JsonSerializer.Deserialize<string[]>(dockerfile.Last("ENTRYPOINT"))!;
            string published = Path.Combine(scratch.FullName, "out", "app");
            Assert.Equal("dotnet", entry[0]);
            Assert.Equal("/app", Path.GetDirectoryName(entry[1]));
            string program = Path.Combine(published, Path.GetFileName(entry[1]));
            string help = await ToolProcess.RunAsync("dotnet", [program, .. JsonSerializer.Deserialize<string[]>(dockerfile.Last("CMD"))!], published);
            Assert.Contains("federated", help);

            FileInfo[] files = new DirectoryInfo(published).GetFiles("*", SearchOption.AllDirectories);
            Assert.DoesNotContain(files, static file => file.Extension == ".xml");
            // No resources in other languages, no host program or library of one architecture: all lies in one folder.
            Assert.All(files, file => Assert.Equal(published, file.DirectoryName));
            Assert.All(files, static file => Assert.Contains(file.Extension, new[] { ".dll", ".pdb", ".json" }));
            Assert.InRange(files.Sum(static file => file.Length), 1 << 20, 8 << 20);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static IEnumerable<string> Projects(string project)
    {
        string folder = Path.GetDirectoryName(project)!;
        IEnumerable<string> references = XDocument.Load(Repository.At(project)).Descendants("ProjectReference").Select(static reference => reference.Attribute("Include")!.Value.Replace('\\', '/'));
        return references.SelectMany(reference => Projects(Path.GetRelativePath(Repository.At(), Path.GetFullPath(Path.Combine(folder, reference), Repository.At())).Replace('\\', '/'))).Append(project);
    }
}
