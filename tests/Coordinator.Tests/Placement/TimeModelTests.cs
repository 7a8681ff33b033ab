using Federated.Coordinator.Placement;
using Xunit;

namespace Federated.Coordinator.Tests.Placement;

public sealed class TimeModelTests
{
    [Fact]
    public void It_begins_as_measured_and_takes_the_first_list_for_what_it_is()
    {
        TimeModel model = TimeModel.FromMeasurement(2e9);
        Assert.Equal(0.5e-9, model.SecondsPerOperation("train"));

        model = model.Learn("train", 1e9, 3);
        Assert.Equal(3e-9, model.SecondsPerOperation("train"), 1e-15);
        Assert.Equal(3e-9, model.SecondsPerOperation("evaluate"), 1e-15); // nearer than the measurement
    }

    [Fact]
    public void One_odd_list_moves_it_little_and_many_move_it_all_the_way()
    {
        TimeModel model = TimeModel.FromMeasurement(1e9);
        for (int i = 0; i < 10; i++)
            model = model.Learn("train", 1e9, 1);

        TimeModel once = model.Learn("train", 1e9, 1000); // the machine slept
        Assert.Equal(1.25e-9, once.SecondsPerOperation("train"), 1e-13); // a quarter of the way to twice as slow
        for (int i = 0; i < 40; i++)
            once = once.Learn("train", 1e9, 10);
        Assert.Equal(10e-9, once.SecondsPerOperation("train"), 1e-11);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData(1e9, 0)]
    [InlineData(1e9, -1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1e9, double.NaN)]
    [InlineData(1e9, double.PositiveInfinity)]
    public void What_cannot_be_is_not_learned(double operations, double seconds)
    {
        TimeModel model = TimeModel.FromMeasurement(1e9);
        Assert.Same(model, model.Learn("train", operations, seconds));
    }

    [Fact]
    public void A_new_measurement_of_the_same_machine_changes_nothing_that_was_learned()
    {
        TimeModel model = TimeModel.FromMeasurement(1e9).Learn("train", 1e9, 3);
        Assert.Equal(3e-9, model.Measured(0.7e9).SecondsPerOperation("train"), 1e-15);
        Assert.Equal(0.3e-9, model.Measured(10e9).SecondsPerOperation("train"), 1e-15); // another machine, ten times as fast
    }

    [Fact]
    public void Numbers_of_lists_are_never_used_twice()
    {
        var first = new ListIdSource(1);
        var second = new ListIdSource(2);
        ulong[] ids = [.. Enumerable.Range(0, 1000).SelectMany(_ => new[] { first.Next(), second.Next() })];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.DoesNotContain(0UL, ids);
    }
}
