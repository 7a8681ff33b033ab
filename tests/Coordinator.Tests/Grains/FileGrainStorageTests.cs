using System.Text;
using Federated.Coordinator.Grains;
using Federated.Coordinator.Tests.Progress;
using Federated.Coordinator.Tests.Runs;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Coordinator.Tests.Grains;

public sealed class FileGrainStorageTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly GrainId Id = new("counter", "a/../B c");

    private readonly TemporaryFolder folder = new();
    private readonly FileGrainStorage storage;

    public FileGrainStorageTests() => storage = new FileGrainStorage(folder.Path);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_was_written_is_read()
    {
        Assert.Null(await storage.ReadAsync(Id, CancellationToken.None));
        Assert.Equal(1, await Write("one", 0));
        Assert.Equal(2, await Write("", 1));
        Assert.Equal(3, await Write("three\nlines\n", 2));

        StoredState? read = await new FileGrainStorage(folder.Path).ReadAsync(Id, CancellationToken.None);

        Assert.Equal((3, "three\nlines\n"), (read!.Version, Encoding.UTF8.GetString(read.Content.Span)));
        Assert.Equal(folder.Path, Path.GetDirectoryName(Path.GetDirectoryName(storage.Describe(Id))));
    }

    [Fact]
    public async Task A_conflicting_writer_is_found_out()
    {
        await Write("one", 0);
        await Write("two", 1);

        var behind = await Assert.ThrowsAsync<GrainStateConflictException>(() => Write("three", 1));
        await Assert.ThrowsAsync<GrainStateConflictException>(() => Write("three", 0));
        await Assert.ThrowsAsync<GrainStateConflictException>(() => Write("three", 7));

        Assert.Equal((1, 2), (behind.Expected, behind.Found));
        Assert.Contains(storage.Describe(Id), behind.Message, StringComparison.Ordinal);
        Assert.Equal("two", await Read());
    }

    [Fact]
    public async Task Of_writers_at_the_same_time_one_wins_each_version()
    {
        const int writers = 8;
        const int wins = 25;
        await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var own = new FileGrainStorage(folder.Path);
            for (int won = 0; won < wins;)
            {
                StoredState? before = await own.ReadAsync(Id, CancellationToken.None);
                string text = before is null ? "" : Encoding.UTF8.GetString(before.Content.Span);
                try
                {
                    await own.WriteAsync(Id, Encoding.UTF8.GetBytes(text + (char)('a' + writer)), before?.Version ?? 0, CancellationToken.None);
                    won++;
                }
                catch (GrainStateConflictException)
                {
                    await Task.Yield();
                }
            }
        }))).WaitAsync(Limit);

        StoredState? last = await storage.ReadAsync(Id, CancellationToken.None);
        Assert.Equal(writers * wins, last!.Version);
        string all = await Read();
        Assert.All(Enumerable.Range(0, writers), writer => Assert.Equal(wins, all.Count(letter => letter == 'a' + writer)));
    }

    [Fact]
    public async Task A_crash_between_writing_and_renaming_leaves_the_old_state()
    {
        await Write("old", 0);
        string path = storage.Describe(Id);
        await File.WriteAllBytesAsync(path + ".tmp", File.ReadAllBytes(path).AsMemory(0, 20)); // what a process that died there leaves: any beginning of the new file

        Assert.Equal("old", await Read());
        Assert.Equal(2, await Write("new", 1));
        Assert.Equal("new", await Read());
        Assert.False(File.Exists(path + ".tmp"));
    }

    [Fact]
    public async Task No_flipped_bit_and_no_missing_byte_goes_unnoticed()
    {
        await Write("some state", 0);
        string path = storage.Describe(Id);
        byte[] whole = await File.ReadAllBytesAsync(path);
        for (int bit = 0; bit < whole.Length * 8; bit++)
        {
            byte[] flipped = [.. whole];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            await AssertCorrupt(path, flipped);
        }

        for (int length = 0; length < whole.Length; length++)
            await AssertCorrupt(path, whole[..length]);
        await AssertCorrupt(path, [.. whole, 0]);
    }

    [Fact]
    public async Task The_file_of_another_key_is_refused()
    {
        await Write("one", 0);
        var other = new GrainId("counter", "other");
        File.Copy(storage.Describe(Id), storage.Describe(other));

        var failure = await Assert.ThrowsAsync<GrainStateCorruptException>(async () => await storage.ReadAsync(other, CancellationToken.None));
        Assert.Contains("instead of counter 'other'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grain_whose_file_is_corrupt_says_which_and_works_when_it_is_repaired()
    {
        await using LocalGrains grains = new LocalGrains(storage, new ManualTime()).Register<ICounterGrain>("counter", context => new CounterGrain(context, new GrainProbe()));
        var id = new GrainId("counter", "one");
        await storage.WriteAsync(id, Encoding.UTF8.GetBytes("{\"Value\":"), 0, CancellationToken.None);
        ICounterGrain grain = grains.Get<ICounterGrain>("one");

        var failure = await Assert.ThrowsAsync<GrainStateCorruptException>(() => grain.ValueAsync().WaitAsync(Limit));
        Assert.Equal(storage.Describe(id), failure.File);
        await storage.WriteAsync(id, Encoding.UTF8.GetBytes("{\"Format\":2}"), 1, CancellationToken.None);
        failure = await Assert.ThrowsAsync<GrainStateCorruptException>(() => grain.ValueAsync().WaitAsync(Limit));
        Assert.Contains("format 2", failure.Message, StringComparison.Ordinal);

        await storage.WriteAsync(id, Encoding.UTF8.GetBytes("{\"Format\":1,\"Value\":5}"), 2, CancellationToken.None);
        Assert.Equal(6, await grain.AddAsync(1).WaitAsync(Limit));
    }

    [Fact]
    public async Task A_state_that_cannot_be_written_leaves_grain_and_file_as_they_were()
    {
        await using LocalGrains grains = new LocalGrains(storage, new ManualTime()).Register<ICounterGrain>("counter", context => new CounterGrain(context, new GrainProbe()));
        ICounterGrain grain = grains.Get<ICounterGrain>("one");
        await grain.AddAsync(1).WaitAsync(Limit);
        string blocking = storage.Describe(new GrainId("counter", "one")) + ".tmp";
        Directory.CreateDirectory(blocking); // no file can be made of this name

        var failure = await Assert.ThrowsAsync<GrainStorageException>(() => grain.AddAsync(1).WaitAsync(Limit));

        Assert.Contains("the state before it stands", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, await grain.ValueAsync().WaitAsync(Limit));
        Directory.Delete(blocking);
        Assert.Equal(2, await grain.AddAsync(1).WaitAsync(Limit));
    }

    [Fact]
    public void Every_key_has_a_file_name_of_its_own_that_is_safe_everywhere()
    {
        Gen<string> keys = from length in Gen.Choose(1, 12) from letters in Gen.Elements("aA.%=-/\\:*ä \0\n~z0_".ToCharArray()).ArrayOf(length) select new string(letters);
        Gen<string> any = Gen.OneOf(keys, ArbMap.Default.GeneratorFor<NonEmptyString>().Select(text => text.Get), keys.Select(key => new string('x', 200) + key));
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithReplay(20221977, 297).WithMaxTest(2000),
            Prop.ForAll(any.Two().ToArbitrary(), pair =>
            {
                (string first, string second) = (GrainFileName.Of(pair.Item1), GrainFileName.Of(pair.Item2));
                bool safe = first.Length < 250 && first.All(letter => char.IsAsciiLetterOrDigit(letter) || "-.%=".Contains(letter)) && first[0] != '.' && Path.GetFileName(first) == first;
                bool apart = string.Equals(first, second, StringComparison.OrdinalIgnoreCase) == (Normal(pair.Item1) == Normal(pair.Item2));
                return safe && apart;
            }));
        Assert.Equal("run-1.grain", GrainFileName.Of("run-1"));
        Assert.Equal("%2E%2E%2F%41.grain", GrainFileName.Of("../A"));
        Assert.Equal("%63on.grain", GrainFileName.Of("con"));

        // Halves of surrogate pairs that stand alone have no UTF-8: such keys are one.
        static string Normal(string key) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(key));
    }

    private async Task AssertCorrupt(string path, byte[] content)
    {
        await File.WriteAllBytesAsync(path, content);
        var failure = await Assert.ThrowsAsync<GrainStateCorruptException>(async () => await storage.ReadAsync(Id, CancellationToken.None));
        Assert.Equal(path, failure.File);
    }

    private async Task<long> Write(string content, long expected) => await storage.WriteAsync(Id, Encoding.UTF8.GetBytes(content), expected, CancellationToken.None);

    private async Task<string> Read() => Encoding.UTF8.GetString((await storage.ReadAsync(Id, CancellationToken.None))!.Content.Span);
}
