using Federated.Methods.Experiments;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Methods.Tests.Experiments;

public sealed class ReaderFuzzTests
{
    private static readonly string Whole = ExperimentTemplate.For(MethodCatalog.Find("fedtiny")!);

    [Fact]
    public void A_bracket_that_is_never_closed_is_refused_at_its_place() =>
        Assert.Contains("this is not YAML", Samples.Fails("name: a\n[   kind: b\nmethod:\n").Message, StringComparison.Ordinal);

    [Fact]
    public void A_damaged_file_is_read_or_refused_with_a_message_and_never_crashes()
    {
        const string Alphabet = "\t\n :#-[]{}&*!|>'\"%@`,?0.e~\u0000\u2028é";
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1500), Prop.ForAll(ArbMap.Default.GeneratorFor<(int At, int Length, int Letter)>().ToArbitrary(), damage =>
        {
            int at = (int)((uint)(damage.At * 7919) % (uint)Whole.Length), length = (int)Math.Min((uint)damage.Length % 4, (uint)(Whole.Length - at));
            string text = Whole[..at] + Alphabet[(int)((uint)damage.Letter % (uint)Alphabet.Length)] + Whole[(at + length)..];
            try
            {
                Samples.Parse(text);
            }
            catch (ExperimentFileException problem)
            {
                Assert.StartsWith("e.yaml:", problem.Message, StringComparison.Ordinal);
            }
        }));
    }
}
