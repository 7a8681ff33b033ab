using Federated.Coordinator.Grains;

namespace Federated.Coordinator.Tests.Grains;

/// <summary>A grain for tests; public and internal interfaces work alike, this one is internal as the real ones are.</summary>
internal interface ICounterGrain : IGrain
{
    Task<int> AddAsync(int amount, CancellationToken cancel = default);

    Task<int> ValueAsync();

    Task<string> SeenAsync();

    Task NoteAsync(int caller, int number);

    Task FailAsync(string message);

    Task WaitAsync(string gate, CancellationToken cancel = default);

    Task<int> CallOtherAsync(string key);

    Task<int> CallThroughAsync(string other);

    Task LeaveRunningAsync(string gate);

    Task HoldAsync(bool hold);
}
