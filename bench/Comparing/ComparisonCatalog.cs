namespace Federated.Bench.Comparing;

/// <summary>All comparisons and their targets: the one place where either stands. The document has a section for each.</summary>
internal static class ComparisonCatalog
{
    private const string Nchw = "NCHW";
    private const string ChannelsLast = "channels_last";
    private const double Megabyte = 1e6;

    /// <summary>All comparisons, in the order in which they run.</summary>
    public static IReadOnlyList<Comparison> All { get; } =
    [
        new(
            "ceilings",
            [new("ceilings", IsPeer: false, ["ceilings"], Repeats: 5, Threads: 1)],
            [
                new("fused multiply-adds in registers", new Reading("ceilings", "gigaflopsPerSecond", Unit.Gigaflops)),
                new("reading 16 KiB (first-level cache)", new Reading("ceilings", "firstCacheGigabytesPerSecond", Unit.GigabytesPerSecond)),
                new("reading 512 KiB (second level)", new Reading("ceilings", "secondCacheGigabytesPerSecond", Unit.GigabytesPerSecond)),
                new("reading 8 MiB (third level)", new Reading("ceilings", "thirdCacheGigabytesPerSecond", Unit.GigabytesPerSecond)),
                new("reading 256 MiB (memory)", new Reading("ceilings", "memoryGigabytesPerSecond", Unit.GigabytesPerSecond)),
                new("a = b + s·c in memory", new Reading("ceilings", "triadGigabytesPerSecond", Unit.GigabytesPerSecond)),
            ]),
        new(
            "resnet-18",
            [
                .. TrainingPeers("resnet-18", threads: 1, repeats: 3),
                Step("dense", "resnet-18", density: 1, threads: 1, repeats: 3),
                Step("5 %", "resnet-18", 0.05, 1, 7),
                Step("1 %", "resnet-18", 0.01, 1, 9),
                Step("0.1 %", "resnet-18", 0.001, 1, 9),
                Step("1 %, 256 bits", "resnet-18", 0.01, 1, 9) with { Variable = "DOTNET_EnableAVX512=0" },
            ],
            [
                new("density 5 %", new SpeedUp("5 %", Nchw, ChannelsLast), Target.AtLeast(6)),
                new("density 1 %", new SpeedUp("1 %", Nchw, ChannelsLast), Target.AtLeast(14)),
                new("density 0.1 %", new SpeedUp("0.1 %", Nchw, ChannelsLast), Target.AtLeast(24)),
                new("dense (100 %)", new SpeedUp("dense", Nchw, ChannelsLast), Target.AtLeast(1)),
                new("density 1 %: time without AVX-512 against time with it", new SlowDown("1 %, 256 bits", "1 %"), Target.AtMost(1.4)),
                new("density 1 %: peak resident memory", new Reading("1 %", "peakResidentBytes", Unit.Megabytes, IsLargest: true, Nchw, ChannelsLast), Target.AtMost(350 * Megabyte)),
                new("density 1 %: managed allocation in a step", new Reading("1 %", "managedBytesPerStep", Unit.Bytes, IsLargest: true), Target.AtMost(0)),
            ]),
        new(
            "resnet-18-threads",
            [
                .. TrainingPeers("resnet-18", threads: 2, repeats: 4),
                Step("5 %", "resnet-18", 0.05, 2, 9),
                Step("1 %", "resnet-18", 0.01, 2, 11),
                Step("0.1 %", "resnet-18", 0.001, 2, 11),
            ],
            [
                new("density 5 %", new SpeedUp("5 %", Nchw, ChannelsLast), Target.AtLeast(5.5)),
                new("density 1 %", new SpeedUp("1 %", Nchw, ChannelsLast), Target.AtLeast(12)),
                new("density 0.1 %", new SpeedUp("0.1 %", Nchw, ChannelsLast), Target.AtLeast(18)),
            ]),
        new(
            "vgg-11",
            [.. TrainingPeers("vgg-11", threads: 1, repeats: 5), Step("5 %", "vgg-11", 0.05, 1, 9), Step("1 %", "vgg-11", 0.01, 1, 11)],
            [
                new("density 5 %", new SpeedUp("5 %", Nchw, ChannelsLast), Target.AtLeast(6)),
                new("density 1 %", new SpeedUp("1 %", Nchw, ChannelsLast), Target.AtLeast(12)),
            ]),
        new(
            "mobilenet-v1",
            [.. TrainingPeers("mobilenet-v1", threads: 1, repeats: 5), Step("dense", "mobilenet-v1", 1, 1, 5), Step("5 %", "mobilenet-v1", 0.05, 1, 9)],
            [
                new("dense (100 %)", new SpeedUp("dense", Nchw, ChannelsLast), Target.AtLeast(1.2)),
                new("density 5 %", new SpeedUp("5 %", Nchw, ChannelsLast), Target.AtLeast(2.5)),
            ]),
        new(
            "product",
            [
                new("512", IsPeer: false, ["product", "--rows", "512", "--inputs", "512", "--tokens", "32", "--batch", "16"], Repeats: 15, Threads: 1),
                new("128", IsPeer: false, ["product", "--rows", "128", "--inputs", "128", "--tokens", "8", "--batch", "16"], Repeats: 15, Threads: 1),
                new("192 to 768", IsPeer: false, ["product", "--rows", "768", "--inputs", "192", "--tokens", "197", "--batch", "32"], Repeats: 9, Threads: 1),
            ],
            [
                .. ProductRows("512", "512 × 512 × 512", 0.85),
                .. ProductRows("128", "128 × 128 × 128", 0.6),
                .. ProductRows("192 to 768", "768 × 192 × 6,304 (ViT-tiny, batch 32)", null),
            ]),
        new(
            "vit-tiny",
            [.. TrainingPeers("vit-tiny", threads: 1, repeats: 3, batch: 32), Step("dense", "vit-tiny", density: 1, threads: 1, repeats: 4, batch: 32)],
            [
                new("training step, batch 32, 224×224 pixels", new SpeedUp("dense", Nchw, ChannelsLast), Target.AtLeast(1)),
                new("operations a second (attention's recomputed scores not counted)", new Reading("dense", "gigaflopsPerSecond", Unit.Gigaflops)),
                new("peak resident memory", new Reading("dense", "peakResidentBytes", Unit.Megabytes, IsLargest: true, Nchw, ChannelsLast)),
                new("managed allocation in a step", new Reading("dense", "managedBytesPerStep", Unit.Bytes, IsLargest: true), Target.AtMost(0)),
            ]),
        new(
            "grow",
            [new("grow", IsPeer: false, ["grow", "--model", "resnet-18", "--density", "0.01", "--batch", "64"], Repeats: 4, Threads: 1)],
            [new("growth step of a layer by a training step at density 1 %, the worst layer", new Reading("grow", "ratio", Unit.None), Target.AtMost(0.3))]),
        new(
            "clients-cnn",
            [
                .. ClientPeers(["--model", "cnn", "--samples", "50", "--batch", "10", "--clients", "10"], repeats: 3),
                Clients("ours", ["--model", "cnn", "--samples", "50", "--batch", "10", "--clients", "10"], workers: 1, rounds: 5),
            ],
            [
                new("client-rounds, one worker against the bare loop on one thread, in PyTorch's default format (NCHW)", new SpeedUp("ours", Nchw), Target.AtLeast(1.5)),
                new("the same against the loop in channels_last", new SpeedUp("ours", ChannelsLast)),
            ]),
        new(
            "clients-logistic-regression",
            [
                .. ClientPeers(["--model", "logistic-regression", "--samples", "60", "--batch", "10", "--clients", "1000"], repeats: 3),
                Clients("ours", ["--model", "logistic-regression", "--samples", "60", "--batch", "10", "--clients", "1000"], workers: 2, rounds: 10, untimed: 110),
            ],
            [
                new("client-rounds of one process with two workers, aggregation included", new Reading("ours", "median", Unit.ClientRounds), Target.AtLeast(10_000)),
                new("the same against the bare loop on one thread", new SpeedUp("ours", Nchw, ChannelsLast), Target.AtLeast(4)),
                new("growth of resident memory over 10,000 client-rounds, after 110,000", new Reading("ours", "residentGrowthBytes", Unit.Megabytes, IsLargest: true), Target.AtMost(Megabyte)),
            ]),
        new(
            "aggregate",
            [
                new("one thread", IsPeer: false, ["aggregate", "--updates", "1000", "--threads", "1"], Repeats: 5, Threads: 1),
                new("two threads", IsPeer: false, ["aggregate", "--updates", "1000", "--threads", "2"], Repeats: 5, Threads: 2),
            ],
            [
                new("exact sum of 1,000 updates of ResNet-18 at density 1 %, one thread: share of the memory bandwidth", new Reading("one thread", "share", Unit.Percent), Target.AtLeast(0.6)),
                new("the same on two threads, share of their bandwidth", new Reading("two threads", "share", Unit.Percent), Target.AtLeast(0.6)),
            ]),
        new(
            "rpc-echo",
            [.. Echoes("unary"), .. Echoes("duplex")],
            [
                new("unary, a call for each message", new SpeedUp("unary", "unary grpcio", "unary grpcio, asyncio", "unary grpc-js"), Target.AtLeast(2)),
                new("bidirectional, one stream for each client", new SpeedUp("duplex", "duplex grpcio", "duplex grpcio, asyncio", "duplex grpc-js"), Target.AtLeast(1)),
                new("unary, 99 % of the calls below, in microseconds", new Reading("unary", "lastPercentMicroseconds", Unit.None, References: ["unary grpcio", "unary grpcio, asyncio", "unary grpc-js"])),
                new("bidirectional, 99 % of the round trips below, in microseconds", new Reading("duplex", "lastPercentMicroseconds", Unit.None, References: ["duplex grpcio", "duplex grpcio, asyncio", "duplex grpc-js"])),
            ]),
        new(
            "rpc-rounds",
            [FederatedRounds("10 KB", clients: 1000, size: 10_240), FederatedRounds("1 MB", clients: 50, size: 1_000_000)],
            [
                new("1,000 clients, 10 KB down and up", new Reading("10 KB", "median", Unit.ClientRounds), Target.AtLeast(5000)),
                new("the same: 99 % of the rounds below", new Reading("10 KB", "lastPercentMilliseconds", Unit.Milliseconds), Target.AtMost(400)),
                new("the same: answers that failed", new Reading("10 KB", "errors", Unit.None, IsLargest: true), Target.AtMost(0)),
                new("the same: the server's peak of resident memory", new Reading("10 KB", "peakResidentBytes", Unit.Megabytes, IsLargest: true)),
                new("50 clients, 1 MB down and up", new Reading("1 MB", "median", Unit.ClientRounds), Target.AtLeast(400)),
                new("the same: answers that failed", new Reading("1 MB", "errors", Unit.None, IsLargest: true), Target.AtMost(0)),
                new("the same: the server's peak of resident memory", new Reading("1 MB", "peakResidentBytes", Unit.Megabytes, IsLargest: true), Target.AtMost(200 * Megabyte)),
            ]),
    ];

    private static IEnumerable<Subject> Echoes(string kind)
    {
        string[] arguments = ["--kind", kind, "--clients", "8", "--size", "10240"];
        yield return new Subject($"{kind} grpcio", IsPeer: true, ["rpc_echo.py", .. arguments], Repeats: 5, Threads: 2);
        yield return new Subject($"{kind} grpcio, asyncio", IsPeer: true, ["rpc_echo.py", .. arguments, "--asyncio"], Repeats: 5, Threads: 2);
        yield return new Subject($"{kind} grpc-js", IsPeer: true, ["rpc_echo.js", .. arguments], Repeats: 5, Threads: 2);
        yield return new Subject(kind, IsPeer: false, ["rpc-echo", .. arguments], Repeats: 5, Threads: 2);
    }

    private static Subject FederatedRounds(string name, int clients, int size) =>
        new(name, IsPeer: false, ["rpc-rounds", "--clients", $"{clients}", "--size", $"{size}", "--seconds", "30"], Repeats: 5, Threads: 2);

    private static Row[] ProductRows(string subject, string shape, double? target) =>
    [
        new($"{shape}: share of the peak of multiply-adds", new Reading(subject, "productShare", Unit.Percent), target is { } share ? Target.AtLeast(share) : null),
        new("the same: gradient of the input", new Reading(subject, "inputGradientShare", Unit.Percent)),
        new("the same: gradient of the weights", new Reading(subject, "weightGradientShare", Unit.Percent)),
    ];

    private static Subject Step(string name, string model, double density, int threads, int repeats, int batch = 64) =>
        new(name, IsPeer: false, ["train-step", "--model", model, "--density", $"{density}", "--batch", $"{batch}", "--threads", $"{threads}"], repeats, threads);

    // PyTorch is faster in one of its two formats on one model and in the other on the next; each is given its chance.
    private static IEnumerable<Subject> TrainingPeers(string model, int threads, int repeats, int batch = 64) =>
        BothFormats(new Subject(Nchw, IsPeer: true, ["train_step.py", "--model", model, "--batch", $"{batch}", "--threads", $"{threads}"], repeats, threads));

    private static IEnumerable<Subject> ClientPeers(IReadOnlyList<string> arguments, int repeats) =>
        BothFormats(new Subject(Nchw, IsPeer: true, ["clients.py", .. arguments, "--threads", "1"], repeats, Threads: 1));

    private static Subject[] BothFormats(Subject peer) => [peer, peer with { Name = ChannelsLast, Arguments = [.. peer.Arguments, "--channels-last"] }];

    private static Subject Clients(string name, IReadOnlyList<string> arguments, int workers, int rounds, int untimed = 3) =>
        new(name, IsPeer: false, ["clients", .. arguments, "--workers", $"{workers}", "--untimed", $"{untimed}"], rounds, workers) { RepeatsOption = "--rounds" };
}
