using Federated.Methods.Pretraining;
using Xunit;

namespace Federated.Methods.Tests.Pretraining;

public sealed class WarmupCosineTests
{
    [Fact]
    public void The_rate_rises_in_a_line_and_falls_as_a_cosine()
    {
        var spec = new WarmupCosineSpec { Peak = 0.8, WarmupEpochs = 2, Final = 0.2 };

        // 2 epochs of 2 steps up, the last of them at the peak, then 4 steps down: (1 + cos(π·k/4))/2 of 0.6 above 0.2.
        double[] rates = [.. Enumerable.Range(0, 8).Select(step => spec.At(step, 8, 2))];
        double[] expected = [0.2, 0.4, 0.6, 0.8, 0.2 + (0.3 * (1 + Math.Sqrt(0.5))), 0.5, 0.2 + (0.3 * (1 - Math.Sqrt(0.5))), 0.2];
        for (int step = 0; step < 8; step++)
            Assert.Equal(expected[step], rates[step], 12);
    }

    [Fact]
    public void Without_warm_up_the_first_step_has_the_peak_and_the_last_the_final_rate()
    {
        var spec = new WarmupCosineSpec { Peak = 1, WarmupEpochs = 0, Final = 0 };
        Assert.Equal([1, 0.5, 0], Enumerable.Range(0, 3).Select(step => Math.Round(spec.At(step, 3, 3), 12)));
        Assert.Equal(1, spec.At(0, 1, 1));
    }

    [Fact]
    public void A_warm_up_of_all_epochs_only_rises()
    {
        var spec = new WarmupCosineSpec { Peak = 1, WarmupEpochs = 2, Final = 0.5 };
        Assert.Equal([0.25, 0.5, 0.75, 1], Enumerable.Range(0, 4).Select(step => spec.At(step, 4, 2)));
    }
}
