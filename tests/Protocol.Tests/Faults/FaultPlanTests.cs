using Federated.Protocol.Faults;
using Xunit;

namespace Federated.Protocol.Tests.Faults;

public sealed class FaultPlanTests
{
    [Fact]
    public void Without_a_text_there_is_no_plan()
    {
        Assert.Null(FaultPlan.Parse(null));
        Assert.Null(FaultPlan.Parse(""));
    }

    [Fact]
    public void A_name_is_due_once_and_at_the_first_visit()
    {
        FaultPlan plan = FaultPlan.Parse(FaultPoints.NodeListStarted)!;
        Assert.False(plan.IsDue(FaultPoints.NodeListReceived));
        Assert.True(plan.IsDue(FaultPoints.NodeListStarted));
        Assert.False(plan.IsDue(FaultPoints.NodeListStarted));
    }

    [Fact]
    public void A_name_with_a_number_is_due_at_that_visit()
    {
        FaultPlan plan = FaultPlan.Parse("node.client-done:3")!;
        bool[] due = [.. Enumerable.Range(0, 5).Select(_ => plan.IsDue(FaultPoints.NodeClientDone))];
        Assert.Equal([false, false, true, false, false], due);
    }

    [Theory]
    [InlineData("node.no-such-place")]
    [InlineData("node.client-done:0")]
    [InlineData("node.client-done:-1")]
    [InlineData("node.client-done:")]
    [InlineData("node.client-done:x")]
    [InlineData(":1")]
    public void A_text_that_names_no_place_is_an_error_at_the_first_place_reached(string text)
    {
        FaultPlan plan = FaultPlan.Parse(text)!;
        InvalidOperationException problem = Assert.Throws<InvalidOperationException>(() => plan.IsDue(FaultPoints.NodeRegistered));
        Assert.Contains($"FEDERATED_FAULT is '{text}'", problem.Message, StringComparison.Ordinal);
        Assert.Contains("node.client-done", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_unique_and_lower_case_with_the_process_in_front()
    {
        Assert.Equal(FaultPoints.All.Length, FaultPoints.All.Distinct(StringComparer.Ordinal).Count());
        Assert.All(FaultPoints.All, static name => Assert.Matches("^[a-z]+\\.[a-z-]+$", name));
        Assert.True(FaultPoints.All.Count(static name => name.StartsWith("node.", StringComparison.Ordinal)) >= 12);
    }
}
