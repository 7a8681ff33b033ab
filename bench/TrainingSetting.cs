using Federated.Engine.Kernels;
using Federated.Engine.Models;

namespace Federated.Bench;

/// <summary>What a benchmark of training steps is asked to do.</summary>
/// <param name="Model">Name in the catalog.</param>
/// <param name="Input">Shape of the images and number of classes.</param>
/// <param name="Width">Factor on the channels.</param>
/// <param name="Density">Kept share of the weights of all layers but the first and the last, which are dense.</param>
/// <param name="Batch">Images of a step.</param>
/// <param name="Threads">Threads of a step.</param>
/// <param name="Repeats">Timed runs.</param>
/// <param name="Vectors">Width of the kernels' vectors.</param>
internal sealed record TrainingSetting(
    string Model, ModelInput Input, double Width, double Density, int Batch, int Threads, int Repeats, VectorWidth Vectors);
