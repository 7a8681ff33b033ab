using Federated.Protocol.Rpc.Health.V1;
using static Federated.Protocol.Rpc.Health.V1.HealthCheckResponse.Types;

namespace Federated.Protocol.Rpc;

/// <summary>Says whether the server and its services can be called (<c>grpc.health.v1</c>). Served by <see cref="HealthEndpointExtensions.MapRpcHealth"/>; all members may be used by several threads at once.</summary>
public sealed class HealthService
{
    /// <summary>Name of the server as a whole.</summary>
    public const string Server = "";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, ServingStatus> statuses = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = NewSignal();
    private bool isStopping;

    /// <summary>Sets a status and tells those who watch it. Has no effect when the server is stopping.</summary>
    /// <param name="service">Full name of a service, or <see cref="Server"/>.</param>
    /// <param name="status">Its status from now on.</param>
    public void SetStatus(string service, ServingStatus status)
    {
        ArgumentNullException.ThrowIfNull(service);
        lock (gate)
        {
            if (isStopping || (statuses.TryGetValue(service, out ServingStatus before) && before == status))
                return;
            statuses[service] = status;
            Signal();
        }
    }

    /// <summary>Everything is not serving from now on, and streams that watch end after saying so.</summary>
    public void Stop()
    {
        lock (gate)
        {
            isStopping = true;
            foreach (string service in statuses.Keys.ToArray())
                statuses[service] = ServingStatus.NotServing;
            Signal();
        }
    }

    /// <summary>The rpc <c>Check</c>.</summary>
    public Task<HealthCheckResponse> CheckAsync(HealthCheckRequest request, ServerCall call)
    {
        lock (gate)
        {
            return statuses.TryGetValue(request.Service, out ServingStatus status)
                ? Task.FromResult(new HealthCheckResponse { Status = status })
                : throw new RpcException(RpcStatusCode.NotFound, "the server knows no such service");
        }
    }

    /// <summary>The rpc <c>List</c>.</summary>
    public Task<HealthListResponse> ListAsync(HealthListRequest request, ServerCall call)
    {
        var response = new HealthListResponse();
        lock (gate)
        {
            foreach ((string service, ServingStatus status) in statuses)
                response.Statuses.Add(service, new HealthCheckResponse { Status = status });
        }

        return Task.FromResult(response);
    }

    /// <summary>The rpc <c>Watch</c>.</summary>
    public async Task WatchAsync(HealthCheckRequest request, IRpcWriter<HealthCheckResponse> responses, ServerCall call)
    {
        ServingStatus? told = null;
        while (true)
        {
            ServingStatus status;
            Task next;
            bool isLast;
            lock (gate)
            {
                status = statuses.GetValueOrDefault(request.Service, ServingStatus.ServiceUnknown);
                next = changed.Task;
                isLast = isStopping;
            }

            if (status != told)
                await responses.WriteAsync(new HealthCheckResponse { Status = status }, call.Cancel);
            if (isLast)
                throw new RpcException(RpcFailures.ServerStopping);
            told = status;
            await next.WaitAsync(call.Cancel);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        changed.SetResult();
        changed = NewSignal();
    }
}
