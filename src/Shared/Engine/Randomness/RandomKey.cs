namespace Federated.Engine.Randomness;

/// <summary>What a stream of random numbers is for. The numbers are part of every result: never renumber, only append.</summary>
public enum RandomPurpose
{
    /// <summary>Initial weights.</summary>
    Initialization = 1,

    /// <summary>Spreading samples over clients.</summary>
    Partition = 2,

    /// <summary>A client's split into training and development set.</summary>
    DevelopmentSplit = 3,

    /// <summary>Which clients take part in a round.</summary>
    Cohort = 4,

    /// <summary>Order of a client's samples in an epoch.</summary>
    BatchOrder = 5,

    /// <summary>Random crops, flips and cutouts.</summary>
    Augmentation = 6,

    /// <summary>Dropout masks.</summary>
    Dropout = 7,

    /// <summary>Random pruning scores and random regrowth.</summary>
    PruningScore = 8,

    /// <summary>Layer densities of FedTiny's candidate pool.</summary>
    CandidatePool = 9,

    /// <summary>Samples the server holds for pre-training.</summary>
    ServerSet = 10,

    /// <summary>Order of samples while the server pre-trains.</summary>
    ServerBatchOrder = 11,

    /// <summary>Assignment of device profiles to clients.</summary>
    Devices = 12,

    /// <summary>Synthetic data sets.</summary>
    Synthetic = 13,

    /// <summary>Rounding of quantised values.</summary>
    Quantization = 14,

    /// <summary>Which samples a client trains on.</summary>
    DataPruning = 20,
}

/// <summary>Names one stream of random numbers; two different keys give independent streams on any machine.</summary>
/// <param name="Seed">The experiment's seed.</param>
/// <param name="Purpose">What the numbers are for.</param>
/// <param name="Round">Round, or 0 where it does not matter.</param>
/// <param name="Client">Client (or tensor, or candidate), or 0.</param>
/// <param name="Step">Step, sample or class within, or 0.</param>
public readonly record struct RandomKey(ulong Seed, RandomPurpose Purpose, int Round = 0, int Client = 0, long Step = 0);
