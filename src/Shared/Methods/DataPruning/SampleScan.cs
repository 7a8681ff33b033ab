namespace Federated.Methods.DataPruning;

/// <summary>Runs samples forward through a model without training it, and says of each what the model says.</summary>
/// <param name="samples">The samples, in this order; each is said once.</param>
/// <param name="say">Called for each sample.</param>
public delegate void SampleScan(ReadOnlySpan<int> samples, SampleSaid say);

/// <summary>Hears what a model says of a sample.</summary>
/// <param name="place">Place of the sample among those that were asked for.</param>
/// <param name="logits">One for each class; valid during the call.</param>
/// <param name="features">What the classifier received; may be empty where <see cref="DataPruner.NeedsFeatures"/> is false. Valid during the call.</param>
public delegate void SampleSaid(int place, ReadOnlySpan<float> logits, ReadOnlySpan<float> features);
