using System.Collections.Concurrent;
using System.Reflection;

namespace Federated.Coordinator.Grains;

/// <summary>A method of a grain's interface: makes messages of calls.</summary>
internal abstract class GrainMethod
{
    private static readonly ConcurrentDictionary<MethodInfo, GrainMethod> Known = new();

    /// <summary>The method as a maker of messages.</summary>
    public static GrainMethod Of(MethodInfo method) => Known.GetOrAdd(method, Create);

    /// <summary>Sends a call to the grain and gives the task that the method returns.</summary>
    public abstract Task Call(IGrainDirectory directory, GrainId grain, object?[] arguments);

    /// <summary>Refuses an interface whose methods cannot be messages.</summary>
    /// <exception cref="ArgumentException">A method returns something else than a task.</exception>
    public static void Require(Type grain)
    {
        foreach (MethodInfo method in grain.GetInterfaces().Append(grain).SelectMany(type => type.GetMethods()))
            Of(method);
    }

    private static GrainMethod Create(MethodInfo method)
    {
        Type result = method.ReturnType;
        if (result == typeof(Task))
            return new GrainMethod<object?>(method);
        if (result.IsGenericType && result.GetGenericTypeDefinition() == typeof(Task<>))
            return (GrainMethod)Activator.CreateInstance(typeof(GrainMethod<>).MakeGenericType(result.GetGenericArguments()), method)!;
        throw new ArgumentException($"{method.DeclaringType?.Name}.{method.Name} returns {result.Name}; a grain's methods return Task or Task<T>", nameof(method));
    }
}
