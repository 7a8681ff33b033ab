using System.Security.Cryptography;
using Federated.ClientNode.Remote;
using Federated.Engine.Parameters;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.LocalTraining;
using Federated.Protocol.Payloads;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>Eight clients with a little synthetic data, and lists of them.</summary>
internal sealed class SmallExperiment : IDataSource
{
    public const string Run = "small";
    public const int Clients = 8;

    private static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions());

    public static ExperimentSpec Spec { get; } = new()
    {
        Name = Run,
        Seed = 3,
        Rounds = 9,
        Data = new DataSpec { Set = "synthetic", TrainSamples = 320 },
        Model = new ModelSpec { Name = "logistic-regression" },
        Clients = new ClientsSpec { Count = Clients },
        Training = new TrainingSpec { Epochs = 1, BatchSize = 16 },
    };

    public static ExperimentContext Context { get; } = ExperimentContext.Create(Spec, Data);

    /// <summary>The dense model that the first lists train.</summary>
    public static byte[] Payload { get; } = PayloadOf(0.01f);

    public static Mask SparseMask { get; } = new(Context.Plan.Parameters, [.. Context.Plan.Parameters.Tensors.Select(static tensor =>
        tensor.IsPrunable ? BitSet.FromPositions(tensor.Count, [.. Enumerable.Range(0, tensor.Count / 10).Select(static i => i * 10)]) : null)]);

    public static PrepareExperiment Prepare => new()
    {
        Run = Run,
        Experiment = ExperimentWriter.ToYaml(Spec),
        DataSha256 = Fingerprint,
    };

    public static ByteString Fingerprint => ByteString.CopyFrom(Convert.FromHexString(DataFingerprint.Of(Data)));

    public static byte[] PayloadOf(float value) => new Payload(new DenseValuesPart([.. Enumerable.Repeat(value, Context.Plan.Parameters.Count)])).Encode().Bytes;

    public static PayloadForm FormOf(byte[] payload, params string[] refersTo)
    {
        var form = new PayloadForm { Sha256 = ByteString.CopyFrom(SHA256.HashData(payload)), Length = (ulong)payload.Length };
        form.RefersTo.AddRange(refersTo.Select(static digest => ByteString.CopyFrom(Convert.FromHexString(digest))));
        return form;
    }

    /// <summary>A list of clients that train.</summary>
    public static WorkList List(ulong number, int[] clients, byte[]? payload = null, uint round = 1)
    {
        var list = new WorkList { List = number, Run = Run, Round = round, Task = TrainLocally.TaskName, LeaseMilliseconds = 60_000 };
        list.Forms.Add(FormOf(payload ?? Payload));
        var group = new ClientGroup { Form = 0 };
        group.Clients.AddRange(clients.Select(static client => (uint)client));
        list.Groups.Add(group);
        return list;
    }

    public Task<DataSet> FindAsync(ExperimentSpec experiment, CancellationToken cancel) => Task.FromResult(Data);
}
