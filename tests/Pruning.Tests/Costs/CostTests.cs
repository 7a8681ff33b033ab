using Federated.Engine.Parameters;
using Federated.Pruning.Costs;
using Federated.Pruning.Distributions;
using Xunit;

namespace Federated.Pruning.Tests.Costs;

public sealed class CostTests
{
    private const long SamplesTimesEpochs = 5_000 * 5;

    private static readonly ParameterLayout ResNet18 = Layouts.ResNet18();
    private static readonly ParameterLayout Vgg11 = Layouts.Vgg11();

    [Fact]
    public void ResNet18_HasItsKnownSizes()
    {
        Assert.Equal(11_164_352, ResNet18.PrunableCount);
        Assert.Equal(11_173_962, ResNet18.Count);
        Assert.Equal(555_422_720, FlopCost.Forward(Mask.Dense(ResNet18)) / 2);
        Assert.Equal(9_222_848, Vgg11.PrunableCount);
        Assert.Equal(9_231_114, Vgg11.Count);
    }

    [Fact]
    public void DenseResNet18_TrainsIn8Point331E13OperationsPerRound() =>
        Assert.Equal(8.331e13, FlopCost.TrainingStep(Mask.Dense(ResNet18)) * SamplesTimesEpochs, 5e9);

    [Fact]
    public void DenseVgg11_TrainsIn2Point292E13OperationsPerRound() =>
        Assert.Equal(2.292e13, FlopCost.TrainingStep(Mask.Dense(Vgg11)) * SamplesTimesEpochs, 5e9);

    [Fact]
    public void SparseSteps_ByHand()
    {
        // 8 weights at 10 positions in block 0, 4 at 1 in block 1; 2 and 1 are kept: F_s = 2·(20 + 1) = 42, F_d = 2·(80 + 4) = 168.
        var layout = new ParameterLayout(
        [
            new ParameterTensor("convolution", ParameterKind.ConvolutionWeight, [2, 4, 1, 1], 0, 10, 0),
            new ParameterTensor("bias", ParameterKind.Bias, [2], 8, 10, 0),
            new ParameterTensor("linear", ParameterKind.LinearWeight, [2, 2], 10, 1, 1),
        ]);
        Mask mask = Layouts.FirstKept(layout, [2, 0, 1]);
        Assert.Equal(42, FlopCost.Forward(mask));
        Assert.Equal(126, FlopCost.TrainingStep(mask));
        Assert.Equal(252, FlopCost.DenseGradientStep(mask));
        Assert.Equal(126 + 120, FlopCost.BlockGradientStep(mask, 0));
        Assert.Equal(126 + 6, FlopCost.BlockGradientStep(mask, 1));
        Assert.Equal((252 + (126 * 5)) / 6.0, FlopCost.MeanStepWithUpdates(mask, 5), 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => FlopCost.BlockGradientStep(mask, 2));
    }

    [Fact]
    public void DenseMask_CostsTheSameWithAndWithoutDenseGradients()
    {
        Mask dense = Mask.Dense(ResNet18);
        Assert.Equal(FlopCost.TrainingStep(dense), FlopCost.DenseGradientStep(dense));
        for (int block = 0; block < ResNet18.BlockCount; block++)
            Assert.Equal(FlopCost.TrainingStep(dense), FlopCost.BlockGradientStep(dense, block));
    }

    [Fact]
    public void UniformOnePercent_WithDenseGradients_IsAbout34PercentOfDense()
    {
        Mask mask = Uniform(ResNet18, 0.01);
        double ratio = (double)FlopCost.DenseGradientStep(mask) / FlopCost.TrainingStep(Mask.Dense(ResNet18));
        Assert.Equal(0.34, ratio, 1e-4);
    }

    [Theory]
    [InlineData(0.01, 0.93, 1.88)]
    [InlineData(0.001, 0.128, 1.479)]
    public void ResNet18_SparseBytes(double density, double coordinatesMegabytes, double bitmapMegabytes)
    {
        Mask mask = Uniform(ResNet18, density);
        double tolerance = density == 0.01 ? 0.005 : 0.0005;
        Assert.Equal(coordinatesMegabytes, SparseSize.Of(mask, IndexForm.Coordinates).TotalBytes / 1e6, tolerance);
        Assert.Equal(bitmapMegabytes, SparseSize.Of(mask, IndexForm.Bitmap).TotalBytes / 1e6, tolerance);
    }

    [Theory]
    [InlineData(0.01, 0.77, 1.55)]
    [InlineData(0.001, 0.107, 1.22)]
    public void Vgg11_SparseBytes(double density, double coordinatesMegabytes, double bitmapMegabytes)
    {
        Mask mask = Uniform(Vgg11, density);
        Assert.Equal(coordinatesMegabytes, SparseSize.Of(mask, IndexForm.Coordinates).TotalBytes / 1e6, 0.005);
        Assert.Equal(bitmapMegabytes, SparseSize.Of(mask, IndexForm.Bitmap).TotalBytes / 1e6, 0.005);
    }

    [Fact]
    public void ResNet18_SparseBytes_Exactly()
    {
        Mask mask = Uniform(ResNet18, 0.01);
        Assert.Equal(new SparseSize(4 * (111_644 + 9_610), 4 * 111_644), SparseSize.Of(mask, IndexForm.Coordinates));
        Assert.Equal(new SparseSize(4 * (111_644 + 9_610), 11_164_352 / 8), SparseSize.Of(mask, IndexForm.Bitmap));
        Assert.Equal(new SparseSize(4 * (111_644 + 9_610), 0), SparseSize.Of(mask, IndexForm.None));
    }

    [Fact]
    public void Bitmap_RoundsUpPerTensor_AndDenseTensorsHaveNone()
    {
        ParameterLayout layout = Layouts.Of([1, 9], [1, 4]);
        Assert.Equal(new SparseSize(4 * 5, 2), SparseSize.Of(Layouts.FirstKept(layout, [1, 4]), IndexForm.Bitmap));
    }

    [Fact]
    public void DenseModel_Is44Point70Megabytes_AndTwiceThatInTraining()
    {
        Mask dense = Mask.Dense(ResNet18);
        Assert.Equal(44.70, SparseSize.Of(dense, IndexForm.Bitmap).TotalBytes / 1e6, 0.005);
        MemoryCost cost = MemoryCost.Of(dense, new MemoryDemand(IndexForm.None, GradientStorage.Dense));
        Assert.Equal(2L * 4 * 11_173_962, cost.ModelBytes);
    }

    [Fact]
    public void DenseGradients_Take46Point58MegabytesAtOnePercent()
    {
        MemoryCost cost = MemoryCost.Of(Uniform(ResNet18, 0.01), new MemoryDemand(IndexForm.Bitmap, GradientStorage.Dense));
        Assert.Equal(46.58, cost.ModelBytes / 1e6, 0.005);
    }

    [Fact]
    public void Memory_PartsByHand()
    {
        // 3 of 12 weights kept and no bias: values 12, positions 12, gradients 12, Adam 24, three pairs 24.
        Mask mask = Layouts.FirstKept(Layouts.Of([1, 8], [1, 4]), [2, 1]);
        MemoryCost cost = MemoryCost.Of(mask, new MemoryDemand(IndexForm.Coordinates, GradientStorage.Sparse, OptimizerStates: 2, TopGradients: 3, ActivationBytes: 100));
        Assert.Equal(new MemoryCost(12, 12, 12, 24, 24, 100), cost);
        Assert.Equal(84, cost.ModelBytes);
        Assert.Equal(184, cost.TotalBytes);
        Assert.Equal(0, MemoryCost.Of(mask, new MemoryDemand(IndexForm.None, GradientStorage.None)).GradientBytes);
    }

    private static Mask Uniform(ParameterLayout layout, double density) =>
        Layouts.FirstKept(layout, new UniformDistribution().KeptCounts(layout, density, []));
}
