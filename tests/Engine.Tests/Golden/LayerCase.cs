using System.Text.Json;
using Federated.Engine.Storage;
using Federated.Engine.Tests.Reference;
using Federated.TestKit;

namespace Federated.Engine.Tests.Golden;

/// <summary>One layer of <c>tests/golden/layers.safetensors</c>: inputs in single precision and PyTorch's results in double precision.</summary>
internal sealed class LayerCase
{
    private static readonly SafeTensorsFile Fixture = SafeTensorsFile.Read(Path.Combine(GoldenFile.RepositoryRoot, "tests/golden/layers.safetensors"));

    private readonly JsonElement description;

    private LayerCase(string name, JsonElement description)
    {
        Name = name;
        this.description = description;
    }

    public static IEnumerable<LayerCase> All => Fixture.Metadata
        .Where(static pair => pair.Value.StartsWith('{'))
        .Select(static pair => new LayerCase(pair.Key, JsonDocument.Parse(pair.Value).RootElement));

    public string Name { get; }

    public string Kind => description.GetProperty("kind").GetString()!;

    public static LayerCase Named(string name) => All.Single(layer => string.Equals(layer.Name, name, StringComparison.Ordinal));

    public int Integer(string name) => description.GetProperty(name).GetInt32();

    public double Number(string name) => description.GetProperty(name).GetDouble();

    public bool Flag(string name) => description.TryGetProperty(name, out JsonElement value) && value.GetBoolean();

    public bool Has(string tensor) => Fixture.Find($"{Name}.{tensor}") is not null;

    /// <summary>An input in single precision.</summary>
    public float[] Singles(string tensor) => Fixture[$"{Name}.{tensor}"].ToSingles();

    /// <summary>An input in single precision, widened; null when the case has none.</summary>
    public double[]? Input(string tensor) => Has(tensor) ? [.. Singles(tensor).Select(static v => (double)v)] : null;

    /// <summary>An input with its shape; a matrix is a batch of features.</summary>
    public ReferenceTensor Tensor(string tensor) => new(Shape(tensor), Input(tensor)!);

    public ReferenceShape Shape(string tensor)
    {
        NamedTensor stored = Fixture[$"{Name}.{tensor}"];
        return stored.Shape.Length == 2 ? new ReferenceShape(stored.Shape[0], stored.Shape[1]) : new ReferenceShape(stored.Shape[0], stored.Shape[1], stored.Shape[2], stored.Shape[3]);
    }

    public int[] Labels()
    {
        byte[] data = Fixture[$"{Name}.labels"].Data.ToArray();
        return [.. Enumerable.Range(0, data.Length / sizeof(int)).Select(i => BitConverter.ToInt32(data, i * sizeof(int)))];
    }

    /// <summary>A result in double precision.</summary>
    public double[] Expected(string result) => Fixture[$"{Name}.{result}64"].ToDoubles();

    /// <summary>How far PyTorch's single precision is from its double precision: root mean square and largest difference.</summary>
    public (double RootMeanSquare, double Largest) SinglePrecisionError(string result)
    {
        double[] error = Fixture[$"{Name}.{result}.error32"].ToDoubles();
        return (error[0], error[1]);
    }

    public override string ToString() => Name;
}
