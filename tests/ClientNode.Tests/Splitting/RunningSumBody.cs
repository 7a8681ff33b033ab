using System.Collections.Concurrent;
using Federated.ClientNode.Splitting;
using Federated.Methods.Splitting;

namespace Federated.ClientNode.Tests.Splitting;

/// <summary>
/// A body whose arithmetic can be done by hand. Its activations are in the workspace, as those of a network are, and a session that finds another's there computes its own again.
/// </summary>
internal sealed class RunningSumBody : ISplitBody
{
    private int workspaces;
    private int inside;
    private int mostInside;
    private int repeated;

    /// <summary>Workspaces that were made.</summary>
    public int Workspaces => Volatile.Read(ref workspaces);

    /// <summary>Workspaces whose memory was given back.</summary>
    public int Disposed { get; private set; }

    /// <summary>Most exchanges at the same time.</summary>
    public int MostInside => Volatile.Read(ref mostInside);

    /// <summary>Forward passes that were computed again.</summary>
    public int Repeated => Volatile.Read(ref repeated);

    /// <summary>What was asked for: client, number, leg.</summary>
    public ConcurrentQueue<(int Client, int Number, SplitLeg Leg)> Computed { get; } = new();

    /// <summary>Called inside every exchange, on the workspace's thread.</summary>
    public Action<int, int, CancellationToken>? Inside { get; set; }

    public IDisposable CreateWorkspace()
    {
        Interlocked.Increment(ref workspaces);
        return new Workspace(this);
    }

    public ISplitBodySession Begin(int round, string task, int client) =>
        task == "train" ? new Session(this, client) : throw new SplitSessionException($"no task '{task}' here");

    /// <summary>The body's output: every byte times three, and the client's number more.</summary>
    public static byte[] Forward(int client, ReadOnlySpan<byte> up) => [.. up.ToArray().Select(value => (byte)((value * 3) + client))];

    /// <summary>The gradient that goes down: the body's output of the forward pass plus twice the gradient that came up.</summary>
    public static byte[] Backward(byte[] output, ReadOnlySpan<byte> up) => [.. up.ToArray().Select((value, i) => (byte)(output[i] + (2 * value)))];

    private sealed class Workspace(RunningSumBody body) : IDisposable
    {
        public Session? Holder { get; set; }

        public byte[] Activations { get; set; } = [];

        public void Dispose() => body.Disposed++;
    }

    private sealed class Session(RunningSumBody body, int client) : ISplitBodySession
    {
        private readonly byte[] reply = new byte[1 << 16];
        private ReadOnlyMemory<byte> forward;
        private byte sum;

        public ReadOnlyMemory<byte> Exchange(IDisposable workspace, int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
        {
            int now = Interlocked.Increment(ref body.inside);
            Raise(ref body.mostInside, now);
            try
            {
                body.Inside?.Invoke(client, number, cancel);
                cancel.ThrowIfCancellationRequested();
                body.Computed.Enqueue((client, number, leg));
                return Compute((Workspace)workspace, leg, payload);
            }
            finally
            {
                Interlocked.Decrement(ref body.inside);
            }
        }

        private ReadOnlyMemory<byte> Compute(Workspace workspace, SplitLeg leg, ReadOnlyMemory<byte> payload)
        {
            if (payload.Span is [0xFF, ..])
                throw new SplitSessionException("a byte of 255 begins no payload here");
            switch (leg)
            {
                case SplitLeg.Forward:
                    forward = payload;
                    Pass(workspace);
                    return Keep(workspace.Activations);
                case SplitLeg.Backward:
                    if (workspace.Holder != this)
                    {
                        Pass(workspace);
                        Interlocked.Increment(ref body.repeated);
                    }

                    return Keep(Backward(workspace.Activations, payload.Span));
                case SplitLeg.Train:
                    foreach (byte value in payload.Span)
                        sum += value;
                    return Keep([sum]);
                default:
                    return ReadOnlyMemory<byte>.Empty;
            }
        }

        private void Pass(Workspace workspace) => (workspace.Holder, workspace.Activations) = (this, Forward(client, forward.Span));

        private ReadOnlyMemory<byte> Keep(byte[] bytes)
        {
            Array.Fill(reply, (byte)0xEE); // whoever reads the reply before sees it
            bytes.CopyTo(reply, 0);
            return reply.AsMemory(0, bytes.Length);
        }

        private static void Raise(ref int place, int value)
        {
            for (int seen = Volatile.Read(ref place); seen < value;)
                seen = Interlocked.CompareExchange(ref place, value, seen);
        }
    }
}
