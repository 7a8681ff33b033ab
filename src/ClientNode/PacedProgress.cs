using Federated.Methods.Clients;
using Federated.Methods.Nodes;

namespace Federated.ClientNode;

/// <summary>
/// Passes on a client's steps, but at most ten a second: nobody reads faster, and a client that is done sooner is not worth the lock that a report takes. Looks at the clock
/// once a step, which no result depends on.
/// </summary>
internal sealed class PacedProgress(INodeObserver observer, Lock gate, TimeProvider time) : IClientProgress
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);

    private long reported = time.GetTimestamp();

    public void StepDone(int client, int done, int total)
    {
        long now = time.GetTimestamp();
        if (time.GetElapsedTime(reported, now) < Pace)
            return;
        reported = now;
        lock (gate)
            observer.Progress(client, done, total);
    }
}
