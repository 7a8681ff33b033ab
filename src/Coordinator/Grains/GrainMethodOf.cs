using System.Reflection;

namespace Federated.Coordinator.Grains;

/// <summary>A method with a result of a type.</summary>
/// <typeparam name="T">Type of the result.</typeparam>
internal sealed class GrainMethod<T> : GrainMethod
{
    private readonly string name;
    private readonly MethodInvoker invoker;
    private readonly int token;

    /// <summary>The method <paramref name="method"/>; its last parameter may be a token.</summary>
    public GrainMethod(MethodInfo method)
    {
        name = method.Name;
        invoker = MethodInvoker.Create(method);
        token = Array.FindIndex(method.GetParameters(), parameter => parameter.ParameterType == typeof(CancellationToken));
    }

    /// <inheritdoc/>
    public override Task Call(IGrainDirectory directory, GrainId grain, object?[] arguments) =>
        CallAsync(directory, grain, arguments, token < 0 ? CancellationToken.None : (CancellationToken)arguments[token]!);

    // Runs on the caller's thread up to the mailbox, if that has room: calls of one caller keep their order though it does not await them.
    private async Task<T> CallAsync(IGrainDirectory directory, GrainId grain, object?[] arguments, CancellationToken cancel)
    {
        if (GrainCallChain.Current?.Holds(grain) == true)
            throw new GrainReentrancyException(grain, name);
        while (true)
        {
            cancel.ThrowIfCancellationRequested();
            IGrainMailbox mailbox = await directory.LocateAsync(grain, cancel);
            var message = new GrainCall<T>(name, target => InvokeAsync(target, arguments), cancel);
            try
            {
                await mailbox.PostAsync(message, cancel);
                return await message.Completion.WaitAsync(cancel);
            }
            catch (GrainDeactivatedException)
            {
                // The message was not begun; the grain is elsewhere now, or is to be activated anew.
            }
        }
    }

    private async Task<T> InvokeAsync(object target, object?[] arguments)
    {
        var task = (Task)invoker.Invoke(target, arguments.AsSpan())!;
        await task;
        return task is Task<T> result ? await result : default!;
    }
}
