using System.Reflection;
using Xunit.Sdk;

namespace Federated.Interop;

/// <summary>The cases of a theory that needs a foreign peer: one test for each; they count as skipped, with the way to get the peer, on a machine that has none.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class PeerCasesAttribute : DataAttribute
{
    private readonly string peer;
    private readonly string[] cases;

    /// <param name="peer">A name for <see cref="Of"/>.</param>
    /// <param name="cases">Names of the cases.</param>
    public PeerCasesAttribute(string peer, params string[] cases)
    {
        this.peer = peer;
        this.cases = cases;
        Skip = Of(peer).Missing;
    }

    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => cases.Select(name => new object[] { peer, name });

    /// <summary>The peer of that name.</summary>
    internal static Peer Of(string name) => name == Peer.JavaScript.Name ? Peer.JavaScript : Peer.Python;
}
