using System.Reflection;

namespace Federated.Coordinator.Grains;

/// <summary>Implements a grain's interface by sending messages. Made at run time, for any such interface.</summary>
internal class GrainReference : DispatchProxy
{
    private IGrainDirectory? directory;
    private GrainId grain;

    /// <summary>A reference to a grain.</summary>
    /// <typeparam name="T">The grain's interface.</typeparam>
    public static T To<T>(IGrainDirectory directory, GrainId grain)
        where T : class, IGrain
    {
        T reference = Create<T, GrainReference>();
        var self = (GrainReference)(object)reference;
        self.directory = directory;
        self.grain = grain;
        return reference;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => GrainMethod.Of(targetMethod!).Call(directory!, grain, args ?? []);
}
