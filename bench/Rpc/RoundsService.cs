using Federated.Bench.Rpc.Messages;
using Federated.Protocol.Rpc;

namespace Federated.Bench.Rpc;

/// <summary>The server's half of the benchmark of rounds: keeps the streams of all clients and takes them through rounds.</summary>
/// <param name="clients">How many clients are awaited.</param>
internal sealed class RoundsService(int clients)
{
    private readonly Lock gate = new();
    private readonly List<Session> sessions = [];
    private readonly TaskCompletionSource everyone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int errors;

    /// <summary>Completes when all clients are there.</summary>
    public Task Everyone => everyone.Task;

    /// <summary>Answers that failed or were wrong.</summary>
    public int Errors => Volatile.Read(ref errors);

    /// <summary>A client's stream; it lasts to the end of the benchmark.</summary>
    public async Task JoinAsync(IRpcReader<RoundMessage> answers, IRpcWriter<RoundMessage> models, ServerCall call)
    {
        if (await answers.ReadAsync() is null)
            return;
        lock (gate)
        {
            sessions.Add(new Session(answers, models));
            if (sessions.Count == clients)
                everyone.SetResult();
        }

        await over.Task;
    }

    /// <summary>One round: the model goes to every client, and it ends when all have answered.</summary>
    public Task RunRoundAsync(RoundMessage model)
    {
        var round = new Round(this, model, sessions.Count);
        foreach (Session session in sessions)
            _ = round.RunAsync(session);
        return round.Completion;
    }

    /// <summary>Ends all streams.</summary>
    public void End() => over.TrySetResult();

    private sealed record Session(IRpcReader<RoundMessage> Answers, IRpcWriter<RoundMessage> Models);

    private sealed class Round(RoundsService service, RoundMessage model, int missing)
    {
        private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int missing = missing;

        public Task Completion => completion.Task;

        public async Task RunAsync(Session session)
        {
            try
            {
                await session.Models.WriteAsync(model);
                RoundMessage? answer = await session.Answers.ReadAsync();
                if (answer?.Round != model.Round || answer.Body.Length != model.Body.Length)
                    Interlocked.Increment(ref service.errors);
            }
            catch (Exception exception) when (exception is RpcException or OperationCanceledException)
            {
                Interlocked.Increment(ref service.errors);
            }

            if (Interlocked.Decrement(ref missing) == 0)
                completion.SetResult();
        }
    }
}
