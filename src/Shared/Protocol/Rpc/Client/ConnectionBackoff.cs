using System.Globalization;

namespace Federated.Protocol.Rpc;

/// <summary>Whether a channel may try to connect now. Costs a call one read of a field while the server can be reached.</summary>
internal sealed class ConnectionBackoff(RpcBackoff options, TimeProvider time)
{
    private readonly Lock gate = new();
    private volatile int failures;
    private long failedAt;
    private TimeSpan wait;
    private string lastFailure = "";

    /// <summary>Returns when an attempt may be made.</summary>
    /// <exception cref="RpcException">It may not be made yet, and the caller does not want to wait.</exception>
    public ValueTask EnterAsync(bool waitForReady, CancellationToken cancel) => failures == 0 ? default : WaitAsync(waitForReady, cancel);

    public void Succeeded()
    {
        if (failures != 0)
            failures = 0;
    }

    /// <summary>Counts a failure. Calls that failed together in one attempt count once.</summary>
    public void Failed(string reason)
    {
        lock (gate)
        {
            lastFailure = reason;
            if (failures > 0 && time.GetElapsedTime(failedAt) < wait)
                return;
            failures++;
            failedAt = time.GetTimestamp();
            wait = options.After(failures);
        }
    }

    private async ValueTask WaitAsync(bool waitForReady, CancellationToken cancel)
    {
        while (failures != 0)
        {
            TimeSpan left;
            string reason;
            lock (gate)
            {
                left = wait - time.GetElapsedTime(failedAt);
                reason = lastFailure;
            }

            if (left <= TimeSpan.Zero)
                return;
            if (!waitForReady)
            {
                string seconds = left.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
                throw new RpcException(RpcStatusCode.Unavailable, $"the server could not be reached ({reason}); the next attempt may be made in {seconds} s");
            }

            await Task.Delay(left, time, cancel);
        }
    }
}
