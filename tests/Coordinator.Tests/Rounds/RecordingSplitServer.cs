using System.Collections.Concurrent;
using Federated.Methods.Clients;
using Federated.Methods.Splitting;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>A server's part in this process that keeps a copy of every byte that goes to it and comes from it.</summary>
internal sealed class RecordingSplitServer(ExperimentContext context, ConcurrentQueue<SplitMessage> messages) : ISplitServer
{
    private readonly DecodedServerParts parts = new(context);

    public ISplitSession Open(SplitSessionRequest request, CancellationToken cancel)
    {
        var workspace = new SplitWorkspace(context);
        return new Session(new LocalSplitServer(context, workspace, parts).Open(request, cancel), workspace, request, messages);
    }

    private sealed class Session(ISplitSession session, SplitWorkspace workspace, SplitSessionRequest request, ConcurrentQueue<SplitMessage> messages) : ISplitSession
    {
        public ReadOnlyMemory<byte> Exchange(int number, SplitLeg leg, ReadOnlyMemory<byte> payload, CancellationToken cancel)
        {
            byte[] up = payload.ToArray();
            ReadOnlyMemory<byte> down = session.Exchange(number, leg, payload, cancel);
            messages.Enqueue(new SplitMessage(request.Round, request.Client, number, leg, up, down.ToArray()));
            return down;
        }

        public void Dispose()
        {
            session.Dispose();
            workspace.Dispose();
        }
    }
}
