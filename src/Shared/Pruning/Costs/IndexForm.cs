namespace Federated.Pruning.Costs;

/// <summary>How the positions of kept weights are stored.</summary>
public enum IndexForm
{
    /// <summary>None: the mask is known to both sides, or the model is dense.</summary>
    None,

    /// <summary>A 32-bit position per kept weight (COO).</summary>
    Coordinates,

    /// <summary>One bit per weight, kept or not. Smaller than coordinates above a density of 1/32.</summary>
    Bitmap,
}
