namespace Federated.Bench.Comparing;

/// <summary>What has to be on the machine for a program to run.</summary>
/// <param name="Program">A program that ends with code 0 where it is.</param>
/// <param name="Arguments">What that program is started with.</param>
/// <param name="Remedy">What to say where it is not.</param>
internal sealed record Prerequisite(string Program, IReadOnlyList<string> Arguments, string Remedy)
{
    /// <summary>Pins programs to cores.</summary>
    public static Prerequisite Taskset { get; } = new("taskset", ["--version"], "taskset, which pins programs to cores, is not on this machine: install util-linux.");

    /// <summary>What a subject needs; null for this program's own.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="python">The interpreter of the peers that are written in Python.</param>
    public static Prerequisite? Of(Subject subject, string python)
    {
        if (!subject.IsPeer)
            return null;
        string script = subject.Arguments[0];
        if (script.EndsWith(".js", StringComparison.Ordinal))
        {
            return new Prerequisite(
                "node", ["-e", "require('./tests/Interop/peers/js/node_modules/@grpc/grpc-js')"],
                "There is no @grpc/grpc-js: install Node.js and run 'npm ci' in tests/Interop/peers/js, or choose comparisons without it with --only.");
        }

        return script.StartsWith("rpc", StringComparison.Ordinal)
            ? new Prerequisite(
                python, ["-c", "import grpc"],
                $"{python} finds no grpcio: install Debian's python3-grpcio, name another interpreter with --python, or choose comparisons without it with --only.")
            : new Prerequisite(
                python, ["-c", "import torch"],
                $"{python} finds no PyTorch: install Debian's python3-torch and libopenblas0-pthread, name another interpreter with --python, or choose comparisons without peers with --only.");
    }
}
