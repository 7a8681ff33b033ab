using FsCheck;
using FsCheck.Fluent;

namespace Federated.Protocol.Tests;

/// <summary>Runs properties from a fixed seed, so that a test that passes once passes always.</summary>
internal static class Properties
{
    public static void Check<T>(Gen<T> gen, Func<T, bool> property, int tests = 300) =>
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithReplay(20221977, 297).WithMaxTest(tests), Prop.ForAll(gen.ToArbitrary(), property));
}
