using Federated.Engine.Storage;
using Federated.TestKit;
using Xunit;

namespace Federated.Engine.Tests.Golden;

/// <summary>Files go both ways between the engine and <c>tests/golden/safetensors_file.py</c>, which was written from the format's description alone.</summary>
public sealed class SafeTensorsInteroperabilityTests : IDisposable
{
    private const string Fixture = "tests/golden/interoperability.safetensors";

    private readonly string folder = Directory.CreateTempSubdirectory("interoperability").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void FileWrittenByPython_IsReadWithItsValues()
    {
        SafeTensorsFile file = SafeTensorsFile.Read(Path.Combine(GoldenFile.RepositoryRoot, Fixture));
        Assert.Equal(["layer.weight", "double", "half", "empty", "scalar"], file.Tensors.Select(t => t.Name));
        Assert.Equal("made by numpy: é", file.Metadata["note"]);
        Assert.Equal([2, 3], file["layer.weight"].Shape.ToArray());
        Assert.Equal([0, 0.5f, 1, 1.5f, 2, 2.5f], file["layer.weight"].ToSingles());
        Assert.Equal([1.0 / 3], file["double"].ToDoubles());
        Assert.Equal(SafeTensorsType.F16, file["half"].Type);
        Assert.Equal("003C00C0", Convert.ToHexString(file["half"].Data.Span)); // 1 and −2 in binary16
        Assert.Equal(0, file["empty"].Count);
        Assert.Equal(-7L, BitConverter.ToInt64(file["scalar"].Data.Span));
    }

    [Fact]
    public void FileWrittenByTheEngine_HasTheBytesThatPythonWrites()
    {
        string original = Path.Combine(GoldenFile.RepositoryRoot, Fixture);
        SafeTensorsFile file = SafeTensorsFile.Read(original);
        string copy = Path.Combine(folder, "copy.safetensors");
        SafeTensorsFile.Write(copy, file.Tensors, file.Metadata);
        Assert.Equal(File.ReadAllBytes(original), File.ReadAllBytes(copy));
    }
}
