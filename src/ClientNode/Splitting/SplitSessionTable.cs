using Federated.Methods.Splitting;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Google.Protobuf;

namespace Federated.ClientNode.Splitting;

/// <summary>
/// The sessions of a host: who has one, which message is its next, and what is kept of it while its node is away. Nothing here grows beyond a number: sessions, one message and one reply of each, and bytes of
/// all together. Safe for several threads.
/// </summary>
internal sealed class SplitSessionTable(SplitHostOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<SplitKey, HostedSession> sessions = [];
    private readonly BodyPool pool = new(options);
    private long bytes;

    /// <summary>Sessions.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return sessions.Count;
        }
    }

    /// <summary>Bytes of messages under way, and of what is kept.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>The workspaces.</summary>
    public BodyPool Pool => pool;

    /// <summary>Opens a session, or goes on with one whose stream was lost.</summary>
    /// <param name="opening">What the node says, validated.</param>
    /// <param name="body">What the session computes with.</param>
    /// <param name="stream">The stream that serves it from now on.</param>
    /// <returns>The session, the number of the message that it waits for, and the reply that the node has not got, if there is one.</returns>
    /// <exception cref="RpcException">The session cannot be opened, or gone on with.</exception>
    public (HostedSession Session, int Next, Task<ByteString>? Owed) Attach(SplitOpening opening, ISplitBody body, SplitStream stream)
    {
        SplitKey key = SplitKey.Of(opening);
        lock (gate)
        {
            if (sessions.TryGetValue(key, out HostedSession? known) && known.Attempt != opening.Attempt)
            {
                if (known.Attempt > opening.Attempt)
                    throw new RpcException(SplitFailures.Gone, $"attempt {opening.Attempt} at {key} is over: attempt {known.Attempt} is under way");
                Remove(known, new RpcStatus(SplitFailures.Gone, $"attempt {opening.Attempt} at {key} took its place"));
                known = null;
            }

            if (known is null)
                known = Create(key, opening, body);
            else if (!ReferenceEquals(known.Seat.Body, body))
                throw Misled(known, "the session was opened with another form of its task");
            int next = (int)opening.Next;
            if (next != known.Next && next != known.Next - 1)
                throw Misled(known, $"message {known.Next} is the next of {key}, and the node goes on with {next}");
            known.Stream?.End(new RpcStatus(SplitFailures.Gone, "the session goes on on another stream"));
            known.Stream = stream;
            Task<ByteString>? owed = next < known.Next ? known.Reply : null;
            known.Alarm!.Change(owed is { IsCompleted: false } ? Timeout.InfiniteTimeSpan : options.LongestSilence, Timeout.InfiniteTimeSpan);
            return (known, known.Next, owed);
        }
    }

    /// <summary>Takes a message; its reply comes when a workspace has computed it.</summary>
    /// <exception cref="RpcException">It is not the session's next one, or there is no room for it now.</exception>
    public Task<ByteString> Accept(HostedSession session, SplitStream stream, SplitMessage message, SplitLeg leg)
    {
        lock (gate)
        {
            if (session.IsOver || session.Stream != stream)
                throw new RpcException(stream.Reason ?? new RpcStatus(SplitFailures.Gone, "the session is over"));
            if (message.Number != (uint)session.Next)
                throw Misled(session, $"message {message.Number} came where {session.Next} is the next of {session.Key}");
            if (leg == SplitLeg.Backward && session.LastLeg != SplitLeg.Forward)
                throw Misled(session, $"message {message.Number} of {session.Key} is a backward pass without a forward pass before it");
            if (message.Payload.Length > SplitHostOptions.LargestPayload)
                throw Misled(session, $"message {message.Number} of {session.Key} has {message.Payload.Length:N0} bytes; {SplitHostOptions.LargestPayload:N0} is the most", RpcStatusCode.InvalidArgument);

            // Who sends a message has the reply before it.
            session.Reply = null;
            Charge(session, session.MessageBytes, replyBytes: 0);
            // A backward pass frees more than it brings: with it the room that others wait for comes back.
            if (leg != SplitLeg.Backward && Bytes > 0 && Bytes + message.Payload.Length > options.MostBytes)
            {
                throw new RpcException(
                    SplitFailures.Later,
                    $"{sessions.Count} sessions have {Bytes:N0} bytes of messages here and {options.MostBytes:N0} is the most: send the message again later, or use more hosts for bodies");
            }

            Charge(session, session.MessageBytes + message.Payload.Length, replyBytes: 0);
            session.Alarm!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            session.Next++;
            session.LastLeg = leg;
            Task<ByteString> reply = pool.RunAsync(session.Seat, (int)message.Number, leg, message.Payload.Memory);
            session.Reply = SettleAsync(session, leg, message.Payload.Length, reply);
            return session.Reply;
        }
    }

    /// <summary>The stream of a session is lost; the node may come back with another.</summary>
    public void Detach(HostedSession session, SplitStream stream)
    {
        lock (gate)
        {
            if (session.IsOver || session.Stream != stream)
                return;
            session.Stream = null;
            session.Alarm!.Change(options.LongestAbsence, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The session is over.</summary>
    /// <param name="session">The session.</param>
    /// <param name="why">What its node is told, if it is there.</param>
    public void End(HostedSession session, RpcStatus why)
    {
        lock (gate)
            Remove(session, why);
    }

    /// <summary>The sessions of these clients are over.</summary>
    public void EndWhere(Predicate<SplitKey> isOver, RpcStatus why)
    {
        lock (gate)
        {
            foreach (HostedSession session in sessions.Values.Where(session => isOver(session.Key)).ToArray())
                Remove(session, why);
        }
    }

    /// <summary>No session of the body comes any more.</summary>
    public void Forget(ISplitBody body, RpcStatus why)
    {
        lock (gate)
        {
            foreach (HostedSession session in sessions.Values.Where(session => ReferenceEquals(session.Seat.Body, body)).ToArray())
                Remove(session, why);
        }

        pool.Forget(body);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndWhere(static _ => true, RpcFailures.ServerStopping);
        pool.Dispose();
    }

    private HostedSession Create(SplitKey key, SplitOpening opening, ISplitBody body)
    {
        if (opening.Next != 0)
        {
            throw new RpcException(
                SplitFailures.Gone,
                $"there is no session of {key} here that could go on with message {opening.Next}: it was dropped after a time without a word, or this host was started anew; begin again with message 0");
        }

        if (sessions.Count >= options.MostSessions)
            throw new RpcException(SplitFailures.Later, $"{options.MostSessions} sessions are open here, which is the most: try again later, or use more hosts for bodies");
        var session = new HostedSession(key, opening.Attempt, new BodySeat(body, Begin(body, opening)));
        session.Alarm = options.Time.CreateTimer(_ => Drop(session), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sessions.Add(key, session);
        return session;
    }

    private static ISplitBodySession Begin(ISplitBody body, SplitOpening opening)
    {
        try
        {
            return body.Begin((int)opening.Round, opening.Task, (int)opening.Client);
        }
        catch (SplitSessionException problem)
        {
            throw new RpcException(RpcStatusCode.FailedPrecondition, problem.Message, problem);
        }
    }

    private void Drop(HostedSession session)
    {
        TimeSpan limit = session.Stream is null ? options.LongestAbsence : options.LongestSilence;
        string why = $"nothing was heard of {session.Key} for {limit.TotalSeconds:0} s: its session is dropped";
        options.Notice?.Invoke(why);
        End(session, new RpcStatus(SplitFailures.Gone, why));
    }

    // A node that loses count has lost more than a message: what it would compute from here on is not what it should.
    private RpcException Misled(HostedSession session, string message, RpcStatusCode code = RpcStatusCode.FailedPrecondition)
    {
        var status = new RpcStatus(code, message + ": the session is ended");
        Remove(session, status);
        return new RpcException(status);
    }

    private void Remove(HostedSession session, RpcStatus why)
    {
        if (session.IsOver)
            return;
        session.IsOver = true;
        // The stream first: its reader learns the reason, not only that nothing is computed any more.
        session.Stream?.End(why);
        session.Stream = null;
        session.Alarm!.Dispose();
        Charge(session, 0, 0);
        sessions.Remove(session.Key);
        pool.Release(session.Seat);
    }

    private async Task<ByteString> SettleAsync(HostedSession session, SplitLeg leg, int length, Task<ByteString> computing)
    {
        ByteString? reply = null;
        try
        {
            reply = await computing;
            return reply;
        }
        finally
        {
            lock (gate)
            {
                if (!session.IsOver)
                {
                    bool isKept = reply is not null && leg == SplitLeg.Forward;
                    Charge(session, isKept ? length : 0, reply?.Length ?? 0);
                    session.Alarm!.Change(session.Stream is null ? options.LongestAbsence : options.LongestSilence, Timeout.InfiniteTimeSpan);
                }
            }
        }
    }

    private void Charge(HostedSession session, long messageBytes, long replyBytes)
    {
        Interlocked.Add(ref bytes, messageBytes + replyBytes - session.MessageBytes - session.ReplyBytes);
        (session.MessageBytes, session.ReplyBytes) = (messageBytes, replyBytes);
    }
}
