using Xunit;

namespace Federated.TestKit;

/// <summary>Real data sets on this machine, for the tests that use them.</summary>
public static class TestData
{
    /// <summary>
    /// The folder to give as a set's path; null when the set is not on this machine. Looked for in <c>FEDERATED_DATA</c>, the user's cache
    /// folder and the folder of Debian's packages. Nothing is downloaded for a test.
    /// </summary>
    /// <param name="name"><c>fashion-mnist</c>, <c>cifar-10</c> or <c>cifar-100</c>.</param>
    public static string? Folder(string name)
    {
        (string file, string sub) = name switch
        {
            "fashion-mnist" => ("train-images-idx3-ubyte.gz", ""),
            "cifar-10" => ("data_batch_1.bin", "cifar-10-batches-bin"),
            "cifar-100" => ("train.bin", "cifar-100-binary"),
            _ => throw new ArgumentException($"no test uses the set {name}", nameof(name)),
        };
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string?[] roots = [Environment.GetEnvironmentVariable("FEDERATED_DATA"), Path.Combine(home, ".cache", "federated", "data"), "/usr/share/datasets"];
        return roots.OfType<string>()
            .SelectMany(root => new[] { Path.Combine(root, sub), Path.Combine(root, name, sub), Path.Combine(root, name) })
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, file)));
    }
}

/// <summary>A test that needs a real data set; it counts as skipped, with the way to get the set, on a machine that has none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FactWhenDataAttribute : FactAttribute
{
    /// <param name="name">A name for <see cref="TestData.Folder"/>.</param>
    public FactWhenDataAttribute(string name)
    {
        if (TestData.Folder(name) is null)
            Skip = $"{name} is not on this machine: run 'federated data get {name}' or set FEDERATED_DATA";
    }
}
