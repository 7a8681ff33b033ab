using Federated.Engine.Parameters;

namespace Federated.Methods.Federation;

/// <summary>What is known of the answers to a task before they are there.</summary>
public interface IAnswerShape
{
    /// <summary>The mask that the clients work under, which the values in their answers belong to.</summary>
    Mask Mask { get; }

    /// <summary>The most bytes that <see cref="IAnswerFold.Encode"/> gives for answers of these clients: an answer that names more is refused before it has memory.</summary>
    long LargestEncoding(IReadOnlyList<ClientDescription> clients);
}
