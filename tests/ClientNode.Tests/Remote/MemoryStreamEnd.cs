using Federated.Protocol.V1;

namespace Federated.ClientNode.Tests.Remote;

/// <summary>The coordinator's end of a stream.</summary>
internal sealed class MemoryStreamEnd(MemoryStreams.Connection connection)
{
    /// <summary>What the node says next, heartbeats left out; null when the stream is over.</summary>
    public async Task<NodeMessage?> ReadAsync(TimeSpan limit)
    {
        while (true)
        {
            NodeMessage? message = await ReadAnyAsync(limit);
            if (message?.KindCase != NodeMessage.KindOneofCase.Heartbeat)
                return message;
        }
    }

    /// <summary>What the node says next, heartbeats too; null when the stream is over.</summary>
    public async Task<NodeMessage?> ReadAnyAsync(TimeSpan limit)
    {
        try
        {
            while (await connection.ToCoordinator.Reader.WaitToReadAsync(connection.Broken).AsTask().WaitAsync(limit))
            {
                if (connection.ToCoordinator.Reader.TryRead(out NodeMessage? message))
                    return message;
            }
        }
        catch (OperationCanceledException)
        {
            // Broken: as good as ended.
        }

        return null;
    }

    /// <summary>Says something; it is lost when the stream is broken.</summary>
    public void Say(CoordinatorMessage message)
    {
        try
        {
            connection.Count();
        }
        catch (IOException)
        {
            return;
        }

        connection.ToNode.Writer.TryWrite(message);
    }

    /// <summary>Greets the node and returns its registration.</summary>
    public async Task<Registration> GreetAsync(TimeSpan limit, uint heartbeatMilliseconds = 60_000)
    {
        NodeMessage? first = await ReadAsync(limit);
        Registration registration = first?.Registration ?? throw new InvalidOperationException($"the node began with {first}");
        Say(new CoordinatorMessage { Welcome = new Welcome { Session = 1, HeartbeatMilliseconds = heartbeatMilliseconds } });
        return registration;
    }

    /// <summary>Ends the stream in good order.</summary>
    public void End() => connection.ToNode.Writer.TryComplete();

    /// <summary>Breaks the stream.</summary>
    public void Break() => connection.Break();
}
