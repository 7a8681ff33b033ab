using Federated.ClientNode;
using Federated.Coordinator.Planning;
using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Federated.Methods.Clients;
using Federated.Methods.Data;
using Federated.Methods.Experiments;
using Federated.Methods.DataPruning;
using Federated.Methods.FedAvg;
using Federated.Methods.LocalLoss;
using Federated.Methods.Nodes;
using Federated.Methods.PartialTuning;
using Federated.Methods.SFPrompt;
using Federated.Methods.SplitFed;
using Federated.Methods.SplitLora;
using Federated.Methods.Splitting;
using Federated.Protocol.Accounting;
using Federated.Protocol.Payloads;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

/// <summary>Whole runs of methods that cut the model: the identities that must hold whatever the data.</summary>
public sealed class SplitTrainingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    internal static readonly DataSet Data = SyntheticSet.Create(new SyntheticOptions { Size = 16, TrainCount = 300, TestCount = 10 });

    [Theory]
    [InlineData("client", "sgd", 0, 0)]
    [InlineData("client", "adamw", 1, 1)]
    [InlineData("server", "sgd", 1, 0)]
    public async Task SplitFedV1_has_the_bits_of_federated_averaging(string labels, string optimizer, int headBlocks, int tailBlocks)
    {
        (GlobalRun whole, _) = await RunAsync(Experiment(new FedAvgSpec(), optimizer));

        (GlobalRun split, _) = await RunAsync(Experiment(new SplitFedSpec { Labels = labels, Cut = new CutSpec { HeadBlocks = headBlocks, TailBlocks = tailBlocks } }, optimizer));

        Assert.Equal(whole.Model, split.Model);
        Assert.Equal(whole.Losses, split.Losses);
    }

    [Theory]
    [InlineData("v1", "client", "all")]
    [InlineData("v1", "server", "all")]
    [InlineData("v1", "client", "classifier")]
    [InlineData("v2", "client", "all")]
    [InlineData("v2", "server", "all")]
    [InlineData("v3", "client", "all")]
    [InlineData("v3", "server", "all")]
    [InlineData("v3", "client", "classifier")]
    public async Task The_plan_is_met_to_the_byte(string variant, string labels, string train)
    {
        ExperimentSpec experiment = Experiment(new SplitFedSpec { Variant = variant, Labels = labels, Train = train }, "sgd");
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (GlobalRun run, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        Assert.Equal(plan.VirtualSeconds, run.VirtualSeconds);
        Assert.DoesNotContain("up/bodyValues", plan.BytesByKind.Keys);
        Assert.DoesNotContain("up/privateValues", plan.BytesByKind.Keys);
    }

    [Fact]
    public async Task Labels_go_up_only_where_the_server_has_them()
    {
        (_, Ledger atClient) = await RunAsync(Experiment(new SplitFedSpec(), "sgd"));
        (_, Ledger atServer) = await RunAsync(Experiment(new SplitFedSpec { Labels = "server" }, "sgd"));

        Assert.Equal(0, atClient.Totals.Sum(part: PartKind.Labels));
        Assert.True(atServer.Totals.Sum(part: PartKind.Labels) > 0);
        Assert.True(atClient.Totals.Sum(part: PartKind.TailGradient) > 0);
        Assert.Equal(0, atServer.Totals.Sum(part: PartKind.TailGradient));
    }

    [Fact]
    public async Task A_linear_probe_sends_no_gradient_at_all()
    {
        (_, Ledger ledger) = await RunAsync(Experiment(new SplitFedSpec { Train = "classifier" }, "sgd"));

        Assert.True(ledger.Totals.Sum(part: PartKind.BodyOutput) > 0);
        Assert.Equal(0, ledger.Totals.Sum(part: PartKind.TailGradient) + ledger.Totals.Sum(part: PartKind.CutGradient));
        // Frozen values cross to each of the five clients once, not in each of the two rounds.
        Assert.Equal(5, ledger.Totals.Sum(part: PartKind.FrozenValues) / (ledger.Totals.Sum(round: 1, part: PartKind.FrozenValues) / 5));
    }

    [Theory]
    [InlineData(false, false, true, 0)]
    [InlineData(true, false, false, 45)]
    [InlineData(true, true, false, 70)]
    [InlineData(true, true, true, 80)]
    public async Task SFPrompt_learns_the_same_bits_whatever_is_left_out_on_the_wire(bool classTokenOnly, bool promptGradientOnly, bool cached, int percentSaved)
    {
        var wire = new WireSpec { ClassTokenOnly = classTokenOnly, PromptGradientOnly = promptGradientOnly, Cached = cached };
        (GlobalRun full, Ledger whole) = await RunAsync(Prompting(new SFPromptSpec()));

        (GlobalRun less, Ledger saved) = await RunAsync(Prompting(new SFPromptSpec { Wire = wire }));

        Assert.Equal(full with { VirtualSeconds = 0 }, less with { VirtualSeconds = 0 });
        Assert.True(CutBytes(saved) <= CutBytes(whole) * (100 - percentSaved) / 100, $"{CutBytes(saved)} of {CutBytes(whole)} bytes");
    }

    [Fact]
    public async Task SFPrompts_epochs_alone_cost_no_byte_and_change_the_model()
    {
        (GlobalRun none, Ledger without) = await RunAsync(Prompting(new SFPromptSpec { SelfUpdateEpochs = 0 }));

        (GlobalRun some, Ledger with) = await RunAsync(Prompting(new SFPromptSpec { SelfUpdateEpochs = 3 }));

        Assert.NotEqual(none.Model, some.Model);
        Assert.Equal(ByteKinds.Of(without.Totals), ByteKinds.Of(with.Totals));
    }

    [Fact]
    public async Task Keeping_half_of_the_samples_halves_what_crosses_the_cut()
    {
        // 60 training samples on each of five clients: three batches of 20 in each epoch, or one and a half.
        ExperimentSpec all = Prompting(new SFPromptSpec()) with { Clients = new ClientsSpec { Count = 5, DevelopmentFraction = 0 } };
        (_, Ledger whole) = await RunAsync(all with { Training = all.Training with { BatchSize = 10 } });

        (_, Ledger half) = await RunAsync(all with { Training = all.Training with { BatchSize = 10, DataPruning = new DataPruningSpec { Kind = "el2n", KeepFraction = 0.5 } } });

        foreach (PartKind kind in (PartKind[])[PartKind.SmashedData, PartKind.BodyOutput, PartKind.TailGradient, PartKind.CutGradient])
            Assert.Equal(whole.Totals.Sum(part: kind), 2 * half.Totals.Sum(part: kind));
    }

    [Theory]
    [InlineData("input", 0, 0, false)]
    [InlineData("deep", 0, 0, false)]
    [InlineData("input", 1, 0, false)]
    [InlineData("input", 0, 1, false)]
    [InlineData("input", 0, 0, true)]
    public async Task SFPrompts_plan_is_met_to_the_byte(string position, int headBlocks, int tailBlocks, bool leavesOut)
    {
        ExperimentSpec experiment = Prompting(new SFPromptSpec
        {
            Prompts = new PromptSpec { Position = position },
            Cut = new CutSpec { HeadBlocks = headBlocks, TailBlocks = tailBlocks },
            Wire = new WireSpec { ClassTokenOnly = leavesOut, PromptGradientOnly = leavesOut, Cached = leavesOut },
        });
        experiment = experiment with { Training = experiment.Training with { DataPruning = new DataPruningSpec { Kind = "el2n", KeepFraction = 0.3 } } };
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (GlobalRun run, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        Assert.Equal(plan.VirtualSeconds, run.VirtualSeconds);
        Assert.Equal(0, ledger.Totals.Sum(part: PartKind.Labels));
    }

    [Fact]
    public async Task Without_prompts_and_epochs_alone_SFPrompt_trains_what_a_frozen_model_under_a_learning_tail_does()
    {
        (GlobalRun prompt, Ledger ledger) = await RunAsync(Prompting(new SFPromptSpec { SelfUpdateEpochs = 0, Prompts = new PromptSpec { Length = 0 } }));

        (GlobalRun probe, _) = await RunAsync(Prompting(new SFPromptSpec { SelfUpdateEpochs = 0, Prompts = new PromptSpec { Length = 0 }, Wire = new WireSpec { ClassTokenOnly = true } }));

        Assert.Equal(prompt.Model, probe.Model);
        Assert.Equal(0, ledger.Totals.Sum(part: PartKind.TailGradient) + ledger.Totals.Sum(part: PartKind.CutGradient));
    }

    [Theory]
    [InlineData("int8", 0.42)] // (4 + 6) of 24 bytes: vectors of six features, with a scale each
    [InlineData("int4", 0.3)]
    [InlineData("topk", 0.35)]
    [InlineData("randtopk", 0.35)]
    public async Task What_crosses_the_cuts_can_be_compressed(string kind, double most)
    {
        var compression = new CompressionSpec { Kind = kind, Keep = 0.25 };
        ExperimentSpec experiment = Experiment(new SplitFedSpec { Compression = compression }, "sgd");
        (_, Ledger whole) = await RunAsync(Experiment(new SplitFedSpec(), "sgd"));
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (GlobalRun run, Ledger ledger) = await RunAsync(experiment);

        Assert.InRange((double)CutBytes(ledger) / CutBytes(whole), 0.1, most);
        foreach ((string name, long bytes) in ByteKinds.Of(ledger.Totals))
        {
            Assert.InRange(plan.BytesByKind[name], bytes * 0.9, bytes * 1.1);
            Assert.True(plan.BytesByKind[name] == bytes || !plan.ExactKinds.Contains(name), $"{name}: planned {plan.BytesByKind[name]}, booked {bytes}");
        }

        Assert.Equal(run, (await RunAsync(experiment)).Run);
    }

    [Fact]
    public async Task A_linear_probe_learns_the_same_bits_with_the_model_on_the_client_and_with_its_body_on_the_server()
    {
        (GlobalRun onClient, Ledger whole) = await RunAsync(Experiment(new LinearProbeSpec(), "sgd"));

        (GlobalRun split, _) = await RunAsync(Experiment(new SplitFedSpec { Train = "classifier" }, "sgd"));

        Assert.Equal(split.Model, onClient.Model);
        Assert.Equal(0, CutBytes(whole));
    }

    [Theory]
    [InlineData("input")]
    [InlineData("deep")]
    public async Task FedPrompts_plan_is_met_to_the_byte_and_only_prompts_and_classifier_change(string position)
    {
        ExperimentSpec experiment = Prompting(new SFPromptSpec()) with { Method = new FedPromptSpec { Prompts = new PromptSpec { Position = position, Length = 2 } } };
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (_, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        int prompts = 2 * 16 * (position == "deep" ? 3 : 1);
        int classifier = (16 + 1) * 10;
        // Five clients in two rounds: a head of four bytes, as many bytes of tensors' bits as the model needs, four bytes a value.
        long each = ledger.Totals.Sum(round: 2, direction: Direction.Up, part: PartKind.TensorValues) / 5;
        Assert.InRange(each, 4 * (prompts + classifier), (4 * (prompts + classifier)) + 16);
    }

    [Fact]
    public async Task With_local_losses_no_gradient_comes_down_and_both_sides_learn()
    {
        ExperimentSpec experiment = Prompting(new SFPromptSpec()) with { Method = new LocalLossSpec() };
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (GlobalRun run, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        Assert.Equal(0, ledger.Totals.Sum(part: PartKind.CutGradient) + ledger.Totals.Sum(part: PartKind.BodyOutput) + ledger.Totals.Sum(part: PartKind.TailGradient));
        Assert.True(ledger.Totals.Sum(part: PartKind.Labels) > 0);
        string[] losses = run.Losses.Split(' ');
        Assert.True(long.Parse(losses[1], System.Globalization.CultureInfo.InvariantCulture) < long.Parse(losses[0], System.Globalization.CultureInfo.InvariantCulture), run.Losses);
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("v2")]
    public async Task SplitLoRAs_plan_is_met_to_the_byte_and_only_updates_cross(string variant)
    {
        ExperimentSpec experiment = Prompting(new SFPromptSpec()) with { Method = new SplitLoraSpec { Rank = 2, Variant = variant, Cut = new CutSpec { HeadBlocks = 1 } } };
        ExperimentPlan plan = await new ExperimentPlanner(TimeProvider.System).PlanAsync(experiment, Data, CancellationToken.None).WaitAsync(Limit);

        (_, Ledger ledger) = await RunAsync(experiment);

        Assert.Equal(plan.BytesByKind, ByteKinds.Of(ledger.Totals));
        // One block on the client: updates of rank 2 from 16 to 48 and from 16 to 16 features.
        long each = ledger.Totals.Sum(round: 2, direction: Direction.Up, part: PartKind.TensorValues) / 5;
        Assert.InRange(each, 4 * 2 * (16 + 48 + 16 + 16), (4 * 2 * (16 + 48 + 16 + 16)) + 16);
    }

    [Fact]
    public void A_split_in_which_clients_learn_nothing_is_refused()
    {
        ExperimentException problem = Assert.Throws<ExperimentException>(() => ExperimentContext.Create(Experiment(new SplitFedSpec { Train = "classifier", Labels = "server" }, "sgd"), Data));

        Assert.Contains("leave the labels with the clients", problem.Message, StringComparison.Ordinal);
    }

    private static long CutBytes(Ledger ledger) => Enum.GetValues<PartKind>().Where(static kind => PartKinds.CutDirection(kind) is not null).Sum(kind => ledger.Totals.Sum(part: kind));

    internal static ExperimentSpec Prompting(SFPromptSpec method)
    {
        ExperimentSpec experiment = Experiment(method, "sgd");
        return experiment with { Model = new ModelSpec { Name = "vit", Depth = 3, Dimension = 16, Heads = 2, Patch = 4 } };
    }

    internal static ExperimentSpec Experiment(MethodSpec method, string optimizer) => new()
    {
        Rounds = 2,
        Data = new DataSpec { Set = "synthetic" },
        Clients = new ClientsSpec { Count = 5, Partition = new PartitionSpec { Kind = "dirichlet", Alpha = 0.5 } },
        Model = new ModelSpec { Name = "lenet-5" },
        Training = new TrainingSpec { Epochs = 2, BatchSize = 20, Optimizer = new OptimizerSpec { Kind = optimizer, Momentum = 0 }, LearningRate = new LearningRateSpec { Initial = 0.01 } },
        Method = method,
        Evaluation = new EvaluationSpec { Every = 2 },
    };

    private static Task<(GlobalRun Run, Ledger Ledger)> RunAsync(ExperimentSpec experiment) => RunAsync(ExperimentContext.Create(experiment, Data), static node => node);

    /// <summary>A whole run, the node of which the caller may put something in front of.</summary>
    internal static async Task<(GlobalRun Run, Ledger Ledger)> RunAsync(ExperimentContext context, Func<LocalNode, INode> watch)
    {
        ExperimentSpec experiment = context.Experiment;
        using var pool = new WorkerPool(context, 2);
        var store = new MemoryStore();
        await using var exchange = new NodeExchange(watch(new LocalNode(context, pool, TimeProvider.System)));
        var federation = new Coordinator.Rounds.Federation(context, exchange, new PlannedServer(context), store, SilentObserver.Instance, TimeProvider.System, CancellationToken.None);
        await experiment.Method.CreateMethod().RunAsync(federation, CancellationToken.None).WaitAsync(Limit);
        string losses = string.Join(' ', store.Records.Select(record => BitConverter.DoubleToInt64Bits(record.TrainingLoss ?? 0)));
        return (new GlobalRun(federation.Model!.Sha256(), losses, store.Records.Sum(static record => record.VirtualSeconds)), federation.Ledger);
    }

    internal sealed record GlobalRun(string Model, string Losses, double VirtualSeconds);
}
