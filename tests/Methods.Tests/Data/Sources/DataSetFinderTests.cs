using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class DataSetFinderTests : IDisposable
{
    private readonly DataFolderFixture data = new();
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler());
    private readonly List<string> steps = [];

    public void Dispose()
    {
        http.Dispose();
        data.Dispose();
    }

    private DataLocations Locations => new(data["data"], data["system"]);

    [Fact]
    public async Task ThePathGiven_ComesBeforeTheFolders()
    {
        data.WriteIdx("mine", train: 1);
        data.WriteIdx("data/fashion-mnist", train: 2);
        Assert.Equal(1, (await Offline().FindAsync("fashion-mnist", data["mine"], CancellationToken.None)).Train.Count);
    }

    [Fact]
    public async Task ThePathGiven_IsTheOnlyOneTried()
    {
        data.WriteIdx("data/fashion-mnist");
        DataException problem = await Assert.ThrowsAsync<DataException>(() => Offline().FindAsync("fashion-mnist", data["nowhere"], CancellationToken.None));
        Assert.Contains(data["nowhere"], problem.Message, StringComparison.Ordinal);
        Assert.Contains("train-images-idx3-ubyte", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheDataFolder_ComesBeforeTheSystems()
    {
        data.WriteIdx("system/fashion-mnist", train: 3);
        Assert.Equal(3, (await Offline().FindAsync("Fashion-MNIST", null, CancellationToken.None)).Train.Count);
        data.WriteIdx("data/FashionMNIST/raw", train: 2);
        Assert.Equal(2, (await Offline().FindAsync("fashion-mnist", null, CancellationToken.None)).Train.Count);
        data.WriteIdx("data/fashion-mnist", train: 1);
        Assert.Equal(1, (await Offline().FindAsync("fashion-mnist", null, CancellationToken.None)).Train.Count);
    }

    [Fact]
    public async Task ADamagedCopy_GivesWayToAWholeOne()
    {
        data.WriteIdx("data/fashion-mnist");
        data.Write("data/fashion-mnist/train-labels-idx1-ubyte", [1]);
        data.WriteIdx("system/fashion-mnist", train: 3);
        Assert.Equal(3, (await Offline().FindAsync("fashion-mnist", null, CancellationToken.None)).Train.Count);
    }

    [Fact]
    public async Task CifarFoldersMayLieInTheDataFolderItself()
    {
        data.WriteCifar(DataFolderFixture.Cifar10, "data/cifar-10-batches-bin");
        data.WriteCifar(DataFolderFixture.Cifar100, "data/cifar-100-binary");
        Assert.Equal(20, (await Offline().FindAsync("cifar-10", null, CancellationToken.None)).Train.Count);
        Assert.Equal(4, (await Offline().FindAsync("cifar-100", null, CancellationToken.None)).Train.Count);
    }

    [Fact]
    public async Task IdxFilesInTheDataFolderItself_AreNotTakenForASetTheyMayNotBe()
    {
        data.WriteIdx("data");
        await Assert.ThrowsAsync<DataException>(() => Offline().FindAsync("mnist", null, CancellationToken.None));
    }

    [Fact]
    public async Task Synthetic_NeedsNoFiles()
    {
        DataSetFinder finder = new(Locations, null, null, TimeProvider.System, null) { Synthetic = new SyntheticOptions { TrainCount = 12, TestCount = 3 } };
        DataSet set = await finder.FindAsync("synthetic", null, CancellationToken.None);
        Assert.Equal((12, 3), (set.Train.Count, set.Test.Count));
    }

    [Fact]
    public async Task NothingAnywhere_ListsEachPlaceAndTheWaysOut()
    {
        using TinyHttpServer server = new((_, _) => new Reply(404, []));
        FakePackageManager apt = new();
        DataException problem = await Assert.ThrowsAsync<DataException>(() => Online(apt).FindAsync(IdxFrom(server), null, CancellationToken.None));
        foreach (string part in new[]
        {
            data["data/fashion-mnist"], data["system/fashion-mnist"], "404", "there is no apt-get on this machine",
            "FEDERATED_DATA", "sudo apt-get install dataset-fashion-mnist", "federated data get fashion-mnist",
        })
            Assert.Contains(part, problem.Message, StringComparison.Ordinal);
        Assert.Equal([data["data/.fashion-mnist.lock"]], Directory.GetFileSystemEntries(data["data"]));
    }

    [Fact]
    public async Task ADownload_IsKeptForTheNextTime()
    {
        using TinyHttpServer server = IdxServer();
        DataSet set = await Online(null).FindAsync(IdxFrom(server), null, CancellationToken.None);
        Assert.Equal((20, data["data/fashion-mnist"]), (set.Train.Count, set.Origin));
        Assert.Equal(4, server.Requests.Count);
        Assert.Equal(20, (await Offline().FindAsync("fashion-mnist", null, CancellationToken.None)).Train.Count);
        Assert.Equal([data["data/.fashion-mnist.lock"], data["data/fashion-mnist"]], Directory.GetFileSystemEntries(data["data"]).Order(StringComparer.Ordinal));
        Assert.Contains("downloading train-images-idx3-ubyte.gz", steps);
    }

    [Fact]
    public async Task ADownloadedArchive_IsUnpacked()
    {
        byte[] archive = DataFolderFixture.TarGz(DataFolderFixture.Cifar10);
        using TinyHttpServer server = new((request, _) => Reply.Serve(archive, request));
        DataSetInfo info = DataFolderFixture.Cifar10 with { Downloads = [new(server.Address("c.tar.gz"), "c.tar.gz", DataFolderFixture.Sha256(archive))] };
        Assert.Equal(20, (await Online(null).FindAsync(info, null, CancellationToken.None)).Train.Count);
        Assert.Equal(info.Files.Order(StringComparer.Ordinal), Directory.GetFiles(data["data/cifar-10"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task AnIncompleteCopy_IsRepairedByTheDownload()
    {
        using TinyHttpServer server = IdxServer();
        data.WriteIdx("data/fashion-mnist", compress: true);
        File.Delete(data["data/fashion-mnist/t10k-labels-idx1-ubyte.gz"]);
        Assert.Equal(20, (await Online(null).FindAsync(IdxFrom(server), null, CancellationToken.None)).Train.Count);
    }

    [Fact]
    public async Task SeveralFindersAtOnce_FetchOnce()
    {
        using TinyHttpServer server = IdxServer();
        DataSetInfo info = IdxFrom(server);
        DataSet[] sets = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            new DataSetFinder(Locations, http, null, TimeProvider.System, null).FindAsync(info, null, CancellationToken.None))));
        Assert.Single(sets.Select(set => set.Sha256).Distinct(StringComparer.Ordinal));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task ADataFolderThatCannotBeMade_IsAReasonWithItsWayOut()
    {
        data.Write("file", [1]);
        DataSetFinder finder = new(new DataLocations(data["file/data"], null), http, null, TimeProvider.System, null);
        DataException problem = await Assert.ThrowsAsync<DataException>(() => finder.FindAsync("mnist", null, CancellationToken.None));
        Assert.Contains("set FEDERATED_DATA to a folder that can", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePackage_IsTakenWhenTheDownloadFails()
    {
        using TinyHttpServer server = new((_, _) => new Reply(404, []));
        FakePackageManager apt = new(folder => data.WriteIdx(folder, train: 5, compress: true));
        DataSet set = await Online(apt).FindAsync(IdxFrom(server), null, CancellationToken.None);
        Assert.Equal((5, data["data/fashion-mnist"]), (set.Train.Count, set.Origin));
        Assert.Equal(["download", "dpkg-deb"], apt.Calls);
        Assert.Equal(4, Directory.GetFileSystemEntries(data["data/fashion-mnist"]).Length);
    }

    [Fact]
    public async Task APackageTheSystemsListsDoNotKnow_IsFetchedWithPrivateLists()
    {
        FakePackageManager apt = new(folder => data.WriteIdx(folder, train: 5)) { SystemKnowsThePackage = false };
        DataSetFinder finder = new(Locations, null, apt, TimeProvider.System, null);
        Assert.Equal(5, (await finder.FindAsync("fashion-mnist", null, CancellationToken.None)).Train.Count);
        Assert.Equal(["download", "update", "download", "dpkg-deb"], apt.Calls);
    }

    [Fact]
    public async Task WhatAptSays_IsInTheMessage()
    {
        FakePackageManager apt = new(folder => data.WriteIdx(folder)) { SystemKnowsThePackage = false, NetworkKnowsThePackage = false };
        DataSetFinder finder = new(Locations, null, apt, TimeProvider.System, null);
        DataException problem = await Assert.ThrowsAsync<DataException>(() => finder.FindAsync("fashion-mnist", null, CancellationToken.None));
        Assert.Contains("E: Unable to locate package dataset-fashion-mnist", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APackageWithoutTheFiles_IsRefused()
    {
        FakePackageManager apt = new(_ => { });
        DataSetFinder finder = new(Locations, null, apt, TimeProvider.System, null);
        DataException problem = await Assert.ThrowsAsync<DataException>(() => finder.FindAsync("fashion-mnist", null, CancellationToken.None));
        Assert.Contains("the package does not hold train-images-idx3-ubyte", problem.Message, StringComparison.Ordinal);
    }

    private DataSetFinder Offline() => new(Locations, null, null, TimeProvider.System, null);

    private DataSetFinder Online(IProcessRunner? processes) => new(Locations, http, processes, ImpatientTime.WithoutPauses, new Recorder(steps));

    private static DataSetInfo IdxFrom(TinyHttpServer server)
    {
        byte[][] files = IdxContents();
        return DataFolderFixture.Fashion with
        {
            Downloads = [.. DataFolderFixture.Fashion.Files.Select((name, i) => new RemoteFile(server.Address(name), name + ".gz", DataFolderFixture.Sha256(files[i])))],
        };
    }

    private static TinyHttpServer IdxServer() =>
        new((request, _) => Reply.Serve(IdxContents()[DataFolderFixture.Fashion.Files.IndexOf(request.Path.TrimStart('/'))], request));

    private static byte[][] IdxContents() =>
    [
        DataFolderFixture.Gzip(DataFolderFixture.Images(20)), DataFolderFixture.Gzip(DataFolderFixture.Labels(20)),
        DataFolderFixture.Gzip(DataFolderFixture.Images(10)), DataFolderFixture.Gzip(DataFolderFixture.Labels(10)),
    ];

    private sealed class Recorder(List<string> steps) : IProgress<DataProgress>
    {
        public void Report(DataProgress value) => steps.Add(value.Step);
    }
}
