namespace Federated.Engine.Models;

/// <summary>A file of pre-trained values does not fit the model; the message names the file, the tensor and the way out.</summary>
public sealed class PretrainedValuesException : Exception
{
    internal PretrainedValuesException(string file, string cause, string remedy)
        : base($"{file} cannot be the model's checkpoint: {cause}; {remedy}.") => File = file;

    /// <summary>Path of the file.</summary>
    public string File { get; }
}
