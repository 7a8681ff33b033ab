using System.Collections.Immutable;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Federated.Engine.Models;
using Federated.Engine.Networks;
using Federated.Methods.DataPruning;
using Federated.Methods.Federation;
using Federated.Methods.Splitting;

namespace Federated.Methods.Experiments;

/// <summary>
/// One experiment, fully resolved: every default filled in. It is what a run folder stores and what a result is a function of.
/// The experiment file is YAML; keys are these property names in camel case. Descriptions are shown by <c>federated new</c> and in error messages.
/// </summary>
public sealed record ExperimentSpec
{
    /// <summary>Name of the experiment; names the run folder.</summary>
    [Description("Name of the experiment; the run folder is named after it.")]
    [Required, RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{0,79}")]
    public string Name { get; init; } = "experiment";

    /// <summary>Seed of all randomness.</summary>
    [Description("Seed of all randomness. Same file and seed: same bits.")]
    public ulong Seed { get; init; } = 1;

    /// <summary>Number of rounds.</summary>
    [Description("Number of rounds.")]
    [Range(1, 1_000_000)]
    public int Rounds { get; init; } = 20;

    /// <summary>Which images, and how they are prepared.</summary>
    public DataSpec Data { get; init; } = new();

    /// <summary>The clients and how the samples are spread over them.</summary>
    public ClientsSpec Clients { get; init; } = new();

    /// <summary>The network.</summary>
    public ModelSpec Model { get; init; } = new();

    /// <summary>How a client trains.</summary>
    public TrainingSpec Training { get; init; } = new();

    /// <summary>The federated method and its options.</summary>
    [Required]
    public MethodSpec Method { get; init; } = new FedAvg.FedAvgSpec();

    /// <summary>When the global model is evaluated.</summary>
    public EvaluationSpec Evaluation { get; init; } = new();
}

/// <summary>The data set and how an image is prepared.</summary>
public sealed record DataSpec
{
    /// <summary>Name in the data set catalogue.</summary>
    [Description("Data set: fashion-mnist, mnist, cifar-10, cifar-100 or synthetic.")]
    [Required]
    public string Set { get; init; } = "fashion-mnist";

    /// <summary>Folder with the files, or null to look in the usual places.</summary>
    [Description("Folder that holds the files; without it the data folder, the system's packages and the official addresses are tried.")]
    public string? Path { get; init; }

    /// <summary>Use only the first so many training samples (0: all).</summary>
    [Description("Use only this many training samples, chosen at random (0: all).")]
    [Range(0, int.MaxValue)]
    public int TrainSamples { get; init; }

    /// <summary>Zero-pad images to this height and width (0: leave as they are).</summary>
    [Description("Zero-pad images to this height and width, e.g. 32 for 28×28 images (0: leave them).")]
    [Range(0, 256)]
    public int PadTo { get; init; }

    /// <summary>Random changes of training images.</summary>
    public AugmentationSpec Augmentation { get; init; } = new();
}

/// <summary>Random changes of a training image, drawn anew for every sample, epoch and round.</summary>
public sealed record AugmentationSpec
{
    /// <summary>Zero border before a random crop to the original size, in pixels.</summary>
    [Description("Zero border added before a random crop back to size, in pixels (0: no crop).")]
    [Range(0, 32)]
    public int Crop { get; init; }

    /// <summary>Mirror half of the images.</summary>
    [Description("Mirror half of the images horizontally.")]
    public bool Flip { get; init; }

    /// <summary>Side of the square that is set to the mean.</summary>
    [Description("Side of a square hole cut at a random place, in pixels (0: none).")]
    [Range(0, 64)]
    public int Cutout { get; init; }
}

/// <summary>The clients.</summary>
public sealed record ClientsSpec
{
    /// <summary>Number of simulated clients.</summary>
    [Description("Number of simulated clients.")]
    [Range(1, 10_000_000)]
    public int Count { get; init; } = 10;

    /// <summary>Clients that take part in a round (0: all).</summary>
    [Description("Clients that take part in a round (0: all).")]
    [Range(0, 10_000_000)]
    public int PerRound { get; init; }

    /// <summary>Share of a client's samples kept aside as its development set.</summary>
    [Description("Share of a client's samples kept aside as its development set.")]
    [Range(0.0, 0.9)]
    public double DevelopmentFraction { get; init; } = 0.1;

    /// <summary>How the samples are spread.</summary>
    public PartitionSpec Partition { get; init; } = new();

    /// <summary>Device profiles and their shares; empty gives every client the profile <c>phone</c>.</summary>
    public ImmutableArray<DeviceShareSpec> Devices { get; init; } = [];
}

/// <summary>How samples are spread over clients.</summary>
public sealed record PartitionSpec
{
    /// <summary>iid, dirichlet, pathological, shards, quantity or natural.</summary>
    [Description("How samples are spread: iid, dirichlet, pathological, shards, quantity or natural.")]
    [AllowedValues("iid", "dirichlet", "pathological", "shards", "quantity", "natural")]
    public string Kind { get; init; } = "iid";

    /// <summary>Concentration of the Dirichlet distribution over clients, per class.</summary>
    [Description("dirichlet: concentration; small is uneven.")]
    [Range(1e-4, 1e6)]
    [UsedWhen(nameof(Kind), "dirichlet")]
    public double Alpha { get; init; } = 0.5;

    /// <summary>FedTiny's balance rule: a client that already holds its equal share gets no more.</summary>
    [Description("dirichlet: a client that already holds an equal share gets no more (FedTiny's rule).")]
    [UsedWhen(nameof(Kind), "dirichlet")]
    public bool Balance { get; init; }

    /// <summary>Fewest samples of a client; the draw is repeated until it holds.</summary>
    [Description("dirichlet: fewest samples of a client; the draw is repeated until it holds.")]
    [Range(1, int.MaxValue)]
    [UsedWhen(nameof(Kind), "dirichlet")]
    public int MinimumSamples { get; init; } = 10;

    /// <summary>Classes a client sees.</summary>
    [Description("pathological: classes that one client sees.")]
    [Range(1, 10_000)]
    [UsedWhen(nameof(Kind), "pathological")]
    public int ClassesPerClient { get; init; } = 2;

    /// <summary>Label-sorted shards a client gets.</summary>
    [Description("shards: label-sorted shards that one client gets.")]
    [Range(1, 10_000)]
    [UsedWhen(nameof(Kind), "shards")]
    public int ShardsPerClient { get; init; } = 2;

    /// <summary>linear, square or exponential.</summary>
    [Description("quantity: how the number of samples grows from client to client: linear, square or exponential.")]
    [AllowedValues("linear", "square", "exponential")]
    [UsedWhen(nameof(Kind), "quantity")]
    public string Skew { get; init; } = "linear";
}

/// <summary>A device profile and the share of clients that have it.</summary>
public sealed record DeviceShareSpec
{
    /// <summary>Name of a profile in the device catalogue; the numbers below override its.</summary>
    [Description("Device profile: server, laptop, phone, phone-low, board or microcontroller.")]
    [Required]
    public string Profile { get; init; } = "phone";

    /// <summary>Relative share of clients.</summary>
    [Description("Relative share of clients with this profile.")]
    [Range(1e-6, 1e6)]
    public double Share { get; init; } = 1;

    /// <summary>Memory for the model's training state, in bytes, or null for the profile's.</summary>
    [Description("Memory for training state, in bytes (default: the profile's).")]
    [Range(1L, long.MaxValue)]
    public long? MemoryBytes { get; init; }

    /// <summary>Sustained floating-point operations per second, or null for the profile's.</summary>
    [Description("Sustained floating-point operations per second (default: the profile's).")]
    [Range(1.0, 1e18)]
    public double? FlopsPerSecond { get; init; }

    /// <summary>Uplink in bytes per second, or null for the profile's.</summary>
    [Description("Uplink, bytes per second (default: the profile's).")]
    [Range(1.0, 1e15)]
    public double? UplinkBytesPerSecond { get; init; }

    /// <summary>Downlink in bytes per second, or null for the profile's.</summary>
    [Description("Downlink, bytes per second (default: the profile's).")]
    [Range(1.0, 1e15)]
    public double? DownlinkBytesPerSecond { get; init; }

    /// <summary>Latency of one exchange in seconds, or null for the profile's.</summary>
    [Description("Latency of one exchange, seconds (default: the profile's).")]
    [Range(0.0, 1e6)]
    public double? LatencySeconds { get; init; }
}

/// <summary>The network.</summary>
public sealed record ModelSpec
{
    /// <summary>Name in the model catalogue.</summary>
    [Description("Network: see `federated list`.")]
    [Required]
    public string Name { get; init; } = "resnet-20";

    /// <summary>Factor on the number of channels.</summary>
    [Description("Factor on the number of channels of every layer; not for vision transformers.")]
    [Range(0.01, 16.0)]
    public double Width { get; init; } = 1;

    /// <summary>Transformer blocks.</summary>
    [Description("vit: transformer blocks.")]
    [Range(1, 1000)]
    [UsedWhen(nameof(Name), "vit")]
    public int Depth { get; init; } = 6;

    /// <summary>Features of a token.</summary>
    [Description("vit: features of a token.")]
    [Range(1, 16384)]
    [UsedWhen(nameof(Name), "vit")]
    public int Dimension { get; init; } = 128;

    /// <summary>Attention heads of a block.</summary>
    [Description("vit: attention heads of a block; a divisor of the dimension.")]
    [Range(1, 16384)]
    [UsedWhen(nameof(Name), "vit")]
    public int Heads { get; init; } = 4;

    /// <summary>Side of a patch in pixels, or null for the model's own.</summary>
    [Description("Vision transformers: side of a patch in pixels; a divisor of the image's sides (default: 4 for vit, 16 for the others).")]
    [Range(1, 1024)]
    [UsedWhen(nameof(Name), "vit", "vit-tiny", "vit-small", "vit-base")]
    public int? Patch { get; init; }

    /// <summary>Share of values that are dropped while training.</summary>
    [Description("Vision transformers: share of values dropped while training, after the embeddings, the attention and each layer of the MLP.")]
    [Range(0.0, 0.9)]
    [UsedWhen(nameof(Name), "vit", "vit-tiny", "vit-small", "vit-base")]
    public double Dropout { get; init; }

    /// <summary>File of pre-trained values, or null.</summary>
    [Description("safetensors file of pre-trained values to start from, relative to the working directory; only the server reads it. Without it the values are drawn.")]
    public string? Checkpoint { get; init; }

    /// <summary>The plan of this network for given images.</summary>
    /// <exception cref="InvalidModelException">The numbers do not make a network for these images.</exception>
    public NetworkPlan CreatePlan(ModelInput input, ModelExtras extras) => ModelCatalog.Create(
        Name, input, Width, ModelCatalog.IsTransformer(Name) ? new TransformerShape(Depth, Dimension, Heads, Patch ?? (Name == "vit" ? 4 : 16), Dropout) : null, extras);
}

/// <summary>How a client trains in one round.</summary>
public sealed record TrainingSpec
{
    /// <summary>Passes over the client's training samples per round.</summary>
    [Description("Passes over a client's training samples per round.")]
    [Range(1, 10_000)]
    public int Epochs { get; init; } = 5;

    /// <summary>Samples per step.</summary>
    [Description("Samples per step.")]
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Share of the target moved from the true class to all classes.</summary>
    [Description("Label smoothing, 0 to 1.")]
    [Range(0.0, 0.999)]
    public double LabelSmoothing { get; init; }

    /// <summary>The optimiser of the clients.</summary>
    public OptimizerSpec Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes from round to round.</summary>
    public LearningRateSpec LearningRate { get; init; } = new();

    /// <summary>Which of its samples a client trains on.</summary>
    public DataPruningSpec DataPruning { get; init; } = new();
}

/// <summary>An optimiser; its state starts afresh on every client in every round.</summary>
public sealed record OptimizerSpec
{
    /// <summary>sgd, adam or adamw.</summary>
    [Description("Optimiser: sgd, adam or adamw.")]
    [AllowedValues("sgd", "adam", "adamw")]
    public string Kind { get; init; } = "sgd";

    /// <summary>Momentum of SGD.</summary>
    [Description("sgd: momentum.")]
    [Range(0.0, 0.9999)]
    [UsedWhen(nameof(Kind), "sgd")]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Nesterov's form of momentum.</summary>
    [Description("sgd: Nesterov's form of momentum.")]
    [UsedWhen(nameof(Kind), "sgd")]
    public bool Nesterov { get; init; }

    /// <summary>Weight decay.</summary>
    [Description("Weight decay (L2 for sgd and adam, decoupled for adamw).")]
    [Range(0.0, 1.0)]
    public double WeightDecay { get; init; } = 5e-4;
}

/// <summary>The learning rate over the rounds.</summary>
public sealed record LearningRateSpec
{
    /// <summary>constant or cosine.</summary>
    [Description("How the learning rate changes over the rounds: constant or cosine.")]
    [AllowedValues("constant", "cosine")]
    public string Kind { get; init; } = "constant";

    /// <summary>Learning rate of the first round.</summary>
    [Description("Learning rate at the first round.")]
    [Range(1e-9, 100.0)]
    public double Initial { get; init; } = 0.05;

    /// <summary>Learning rate that a cosine ends at.</summary>
    [Description("cosine: learning rate at the last round.")]
    [Range(0.0, 100.0)]
    [UsedWhen(nameof(Kind), "cosine")]
    public double Final { get; init; }
}

/// <summary>Evaluation of the global model on the test set.</summary>
public sealed record EvaluationSpec
{
    /// <summary>Evaluate after every so many rounds, and after the last.</summary>
    [Description("Evaluate on the test set after every so many rounds, and after the last.")]
    [Range(1, 1_000_000)]
    public int Every { get; init; } = 1;
}

/// <summary>A method's options; each method derives its own record.</summary>
public abstract record MethodSpec
{
    /// <summary>Name in the method catalogue.</summary>
    [Description("The federated method: see `federated list`.")]
    public abstract string Name { get; }

    /// <summary>The server half of the method with these options.</summary>
    public abstract IMethod CreateMethod();

    /// <summary>Training samples per class that the server keeps for itself and no client sees.</summary>
    internal virtual int ServerSamplesPerClass => 0;

    /// <summary>Largest batch that the method needs besides the training batch.</summary>
    internal virtual int LargestBatch => 0;

    /// <summary>What the method adds to the model: prompts and low-rank updates.</summary>
    internal virtual ModelExtras ModelExtras => ModelExtras.None;

    /// <summary>Checks that the method can work with a model.</summary>
    /// <exception cref="ExperimentException">It cannot; the message says which key to change.</exception>
    internal virtual void Check(NetworkPlan plan)
    {
    }

    /// <summary>What the method does with a model that it cuts between clients and server; null when it does not cut.</summary>
    /// <exception cref="InvalidModelException">The model cannot be cut so.</exception>
    /// <exception cref="ExperimentException">The method's options do not fit each other or the model.</exception>
    internal virtual SplitProgram? Program(ExperimentSpec experiment, NetworkPlan plan) => null;
}
