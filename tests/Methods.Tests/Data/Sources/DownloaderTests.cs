using Federated.Methods.Data;
using Xunit;

namespace Federated.Methods.Tests.Data.Sources;

public sealed class DownloaderTests : IDisposable
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 700_000).Select(i => (byte)((i * 31) ^ (i >> 8)))];
    private readonly DataFolderFixture data = new();
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler());
    private readonly List<(long Bytes, long? Total)> progress = [];

    public void Dispose()
    {
        http.Dispose();
        data.Dispose();
    }

    [Fact]
    public async Task AWholeDownload_GetsItsNameAndReportsItsBytes()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        await FetchAsync(server);
        AssertFetched();
        Assert.Equal((Content.Length, (long?)Content.Length), progress[^1]);
        Assert.Equal(progress.OrderBy(step => step.Bytes), progress);
    }

    [Fact]
    public async Task AFileThatIsThere_IsNotFetchedAgain()
    {
        using TinyHttpServer server = new((_, _) => new Reply(500, []));
        data.Write("file.bin", Content);
        await FetchAsync(server);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task ADamagedFileThatIsThere_IsReplaced()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        data.Write("file.bin", Content[..100]);
        await FetchAsync(server);
        AssertFetched();
    }

    [Fact]
    public async Task ACutConnection_IsResumedWhereItStopped()
    {
        using TinyHttpServer server = new((request, before) => Reply.Serve(Content, request) with { CutAfter = before == 0 ? 300_000 : null });
        await FetchAsync(server);
        AssertFetched();
        Assert.Equal([null, 300_000L], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task APartOfAnEarlierRun_IsContinued()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        data.Write("file.bin.part", Content[..500_000]);
        await FetchAsync(server);
        AssertFetched();
        Assert.Equal([500_000L], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task ACompletePart_OnlyGetsItsName()
    {
        using TinyHttpServer server = new((_, _) => new Reply(500, []));
        data.Write("file.bin.part", Content);
        await FetchAsync(server);
        AssertFetched();
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task APartOfAnotherFile_IsThrownAwayAfterTheChecksumFails()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        data.Write("file.bin.part", new byte[1000]);
        await FetchAsync(server);
        AssertFetched();
        Assert.Equal([1000L, null], server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task APartLongerThanTheFile_IsThrownAway()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        data.Write("file.bin.part", new byte[Content.Length + 5]);
        await FetchAsync(server);
        AssertFetched();
    }

    [Fact]
    public async Task AServerWithoutRanges_SendsAllFromTheStart()
    {
        using TinyHttpServer server = new((_, _) => new Reply(200, Content));
        data.Write("file.bin.part", Content[..500_000]);
        await FetchAsync(server);
        AssertFetched();
    }

    [Fact]
    public async Task AnotherRangeThanAsked_IsNotPutTogether()
    {
        using TinyHttpServer server = new((request, before) =>
            before == 0 ? new Reply(206, Content[100..], null, $"bytes 100-{Content.Length - 1}/{Content.Length}") : Reply.Serve(Content, request));
        data.Write("file.bin.part", Content[..500_000]);
        await FetchAsync(server);
        AssertFetched();
    }

    [Fact]
    public async Task AServerThatStumbles_IsAskedAgain()
    {
        using TinyHttpServer server = new((request, before) => before < 2 ? new Reply(503, []) : Reply.Serve(Content, request));
        await FetchAsync(server);
        AssertFetched();
    }

    [Fact]
    public async Task AServerThatKeepsStumbling_IsGivenUpAfterFourTries()
    {
        using TinyHttpServer server = new((_, _) => new Reply(503, []));
        await AssertFailsAsync(server, "503");
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task AWrongChecksum_IsRefusedAndNothingIsLeft()
    {
        using TinyHttpServer server = new((_, _) => new Reply(200, "<html>Sign in to this network</html>"u8.ToArray()));
        await AssertFailsAsync(server, "checksum");
        Assert.Single(server.Requests);
        Assert.Empty(Directory.GetFiles(data.Root));
    }

    [Fact]
    public async Task AMissingFile_IsNotAskedForTwice()
    {
        using TinyHttpServer server = new((_, _) => new Reply(404, []));
        await AssertFailsAsync(server, "404");
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task AServerThatIsNotThere_FailsAtOnce()
    {
        TinyHttpServer server = new((_, _) => new Reply(200, []));
        Uri address = server.Address("file.bin");
        server.Dispose();
        DataException problem = await Assert.ThrowsAsync<DataException>(() => FetchAsync(address, ImpatientTime.WithoutPauses));
        Assert.Contains("out of reach", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatNeverAnswers_IsGivenUp()
    {
        using HttpMessageInvoker silent = new(new SilentHandler());
        Downloader downloader = new(silent, new ImpatientTime(TimeSpan.FromSeconds(10)));
        DataException problem = await Assert.ThrowsAsync<DataException>(() =>
            downloader.FetchAsync(File(new Uri("http://nowhere.invalid/file.bin")), data.Root, (_, _) => { }, CancellationToken.None));
        Assert.Contains("no answer within", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACancelledDownload_KeepsItsPart()
    {
        using TinyHttpServer server = new((request, _) => Reply.Serve(Content, request));
        using CancellationTokenSource cancel = new();
        Downloader downloader = new(http, TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            downloader.FetchAsync(File(server.Address("file.bin")), data.Root, (_, _) => cancel.Cancel(), cancel.Token));
        Assert.InRange(new FileInfo(data["file.bin.part"]).Length, 1, Content.Length);
        await FetchAsync(server);
        AssertFetched();
    }

    private static RemoteFile File(Uri address) => new(address, "file.bin", DataFolderFixture.Sha256(Content));

    private Task FetchAsync(TinyHttpServer server) => FetchAsync(server.Address("file.bin"), ImpatientTime.WithoutPauses);

    private Task FetchAsync(Uri address, TimeProvider time) =>
        new Downloader(http, time).FetchAsync(File(address), data.Root, (bytes, total) => progress.Add((bytes, total)), CancellationToken.None);

    private async Task AssertFailsAsync(TinyHttpServer server, string what)
    {
        DataException problem = await Assert.ThrowsAsync<DataException>(() => FetchAsync(server));
        Assert.Contains(what, problem.Message, StringComparison.Ordinal);
        Assert.Contains(server.Address("file.bin").ToString(), problem.Message, StringComparison.Ordinal);
    }

    private void AssertFetched()
    {
        Assert.Equal(Content, System.IO.File.ReadAllBytes(data["file.bin"]));
        Assert.Equal([data["file.bin"]], Directory.GetFiles(data.Root));
    }

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
            throw new InvalidOperationException("the wait ends by cancellation only");
        }
    }
}
