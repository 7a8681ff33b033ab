using Federated.Coordinator.Security;
using Federated.Protocol.Faults;
using Federated.Protocol.Rpc;
using Federated.Protocol.Transfer;

namespace Federated.Coordinator.Fleet;

/// <summary>
/// Combined answers between their upload and their counting. Only a node that a list is handed out to may upload an answer to it, and no more bytes than such an answer can have.
/// Asked by the transfer service on any thread, told by the dispatcher.
/// </summary>
internal sealed class UploadInbox(Authenticator authenticator) : IUploadGate
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, Expected> lists = [];
    private string? run;

    /// <summary>Told when no answer to any list of a run is wanted any more: what has arrived in part can be dropped.</summary>
    public Action<string>? Cleared { get; set; }

    /// <summary>From now on answers to lists of <paramref name="name"/> are expected.</summary>
    public void Open(string name)
    {
        Clear();
        lock (gate)
            run = name;
    }

    /// <summary>A list is handed out: its node may answer.</summary>
    /// <param name="list">The list.</param>
    /// <param name="node">The node; a second one when the list is handed out twice.</param>
    /// <param name="largest">The most bytes that an answer to it has.</param>
    public void Expect(ulong list, string node, long largest)
    {
        lock (gate)
        {
            if (!lists.TryGetValue(list, out Expected? expected))
                lists.Add(list, expected = new Expected(largest));
            expected.Nodes.Add(node);
        }
    }

    /// <summary>Whether an answer of the node to the list is expected.</summary>
    public bool IsExpected(string name, ulong list, string node)
    {
        lock (gate)
            return string.Equals(name, run, StringComparison.Ordinal) && lists.TryGetValue(list, out Expected? expected) && expected.Nodes.Contains(node);
    }

    /// <summary>The uploaded answer of this content, which is the caller's from here on; null when it is not there.</summary>
    public Blob? Take(ulong list, BlobDigest digest)
    {
        lock (gate)
            return lists.TryGetValue(list, out Expected? expected) && expected.Arrived.Remove(digest, out Blob? blob) ? blob : null;
    }

    /// <summary>No answer to the list is wanted any more.</summary>
    public void Forget(ulong list)
    {
        Expected? expected;
        lock (gate)
            lists.Remove(list, out expected);
        Release(expected);
    }

    /// <summary>No answer to any list is wanted any more.</summary>
    public void Clear()
    {
        Expected[] all;
        string? cleared;
        lock (gate)
        {
            all = [.. lists.Values];
            lists.Clear();
            cleared = run;
            run = null;
        }

        foreach (Expected expected in all)
            Release(expected);
        if (cleared is not null)
            Cleared?.Invoke(cleared);
    }

    /// <inheritdoc/>
    public ValueTask<UploadPermit> AdmitAsync(UploadKey upload, ServerCall call)
    {
        Identity identity = authenticator.Require(call, Role.Node);
        FaultPoint.Reach(FaultPoints.CoordinatorUploadOpened);
        lock (gate)
        {
            Expected expected = Find(upload);
            if (!expected.Nodes.Any(identity.IsNamed))
                throw new RpcException(new RpcStatus(RpcStatusCode.PermissionDenied, $"list {upload.List} is not handed out to {identity.Name}"));
            return ValueTask.FromResult(new UploadPermit(expected.Largest, expected.Arrived.ContainsKey(upload.Digest)));
        }
    }

    /// <inheritdoc/>
    public ValueTask TakeAsync(UploadKey upload, Blob blob, ServerCall call)
    {
        lock (gate)
        {
            // Both copies of a list have the same answer: the second one's blob is the one that is here.
            if (!Find(upload).Arrived.TryAdd(upload.Digest, blob))
                return ValueTask.CompletedTask;
        }

        FaultPoint.Reach(FaultPoints.CoordinatorUploadTaken);
        return ValueTask.CompletedTask;
    }

    private Expected Find(UploadKey upload) =>
        string.Equals(upload.Run, run, StringComparison.Ordinal) && lists.TryGetValue(upload.List, out Expected? expected)
            ? expected
            : throw new RpcException(new RpcStatus(RpcStatusCode.FailedPrecondition, $"list {upload.List} of run {upload.Run} is not handed out: its answer is not wanted any more"));

    private static void Release(Expected? expected)
    {
        foreach (Blob blob in expected?.Arrived.Values ?? (IEnumerable<Blob>)[])
            blob.Dispose();
    }

    /// <summary>A list that answers are expected to.</summary>
    private sealed class Expected(long largest)
    {
        public long Largest => largest;

        public HashSet<string> Nodes { get; } = new(StringComparer.Ordinal);

        public Dictionary<BlobDigest, Blob> Arrived { get; } = [];
    }
}
