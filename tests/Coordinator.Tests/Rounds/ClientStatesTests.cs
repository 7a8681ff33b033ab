using Federated.Coordinator.Rounds;
using Federated.Coordinator.Runs;
using Xunit;

namespace Federated.Coordinator.Tests.Rounds;

public sealed class ClientStatesTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("states").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_phase_sees_what_was_before_it_and_the_next_one_what_it_left()
    {
        using ClientStates states = Open();
        Assert.True(states.Read(3).IsEmpty);
        states.Write(3, [1]);
        Assert.True(states.Read(3).IsEmpty);
        states.CompletePhase();
        Assert.Equal([1], states.Read(3).ToArray());
        states.Write(3, [2, 2]);
        Assert.Equal([1], states.Read(3).ToArray());
        states.CompletePhase();
        Assert.Equal([2, 2], states.Read(3).ToArray());
        Assert.True(states.Read(4).IsEmpty);
    }

    [Fact]
    public void An_abandoned_round_leaves_what_was_committed()
    {
        using ClientStates states = Open();
        Round(states, (0, [7]));
        states.Write(0, [8]);
        states.CompletePhase();
        states.Write(1, [9]);
        states.AbandonRound();
        Assert.Equal([7], states.Read(0).ToArray());
        Assert.True(states.Read(1).IsEmpty);
    }

    [Fact]
    public void A_crash_before_the_checkpoint_costs_the_round_and_nothing_else()
    {
        ClientStatesMark mark;
        using (ClientStates states = Open())
        {
            Round(states, (0, [1, 2, 3]), (5, []));
            mark = Round(states, (1, [4]))!;
            states.Write(0, [9, 9]); // this and the next never become a checkpoint
            states.CompletePhase();
            states.Commit();
        }

        using ClientStates again = Open();
        again.Restore(mark);
        Assert.Equal([1, 2, 3], again.Read(0).ToArray());
        Assert.Equal([4], again.Read(1).ToArray());
        Assert.True(again.Read(5).IsEmpty);
        Assert.Equal(mark, again.Commit());
        Assert.Equal(mark.Length, new FileInfo(PathOf(1)).Length);
        again.Write(0, [5]);
        again.CompletePhase();
        Assert.Equal([5], again.Read(0).ToArray());
    }

    [Fact]
    public void Outdated_states_do_not_pile_up()
    {
        var random = new byte[100_000];
        ClientStatesMark? mark = null;
        long longest = 0;
        using (ClientStates states = Open())
        {
            for (int round = 0; round < 60; round++)
            {
                Array.Fill(random, (byte)round);
                mark = Round(states, (0, random), (round % 7, [(byte)round]));
                longest = Math.Max(longest, Directory.EnumerateFiles(folder).Sum(static file => new FileInfo(file).Length));
                states.Saved();
            }
        }

        // Sixty times 100 kB went in; never more than a megabyte and two rounds was there.
        Assert.InRange(longest, 1, 1_400_000);
        Assert.True(mark!.Generation > 1);
        Assert.Equal([PathOf(mark.Generation)], Directory.EnumerateFiles(folder));
        using ClientStates again = Open();
        again.Restore(mark);
        Assert.Equal(59, again.Read(3).Span[0]); // 59 = 8 · 7 + 3
        Assert.Equal(random, again.Read(0).ToArray());
    }

    [Fact]
    public void Until_the_checkpoint_is_there_the_old_file_stays_beside_the_new_one()
    {
        ClientStatesMark before;
        using (ClientStates states = Open())
        {
            Round(states, (0, new byte[900_000]));
            before = Round(states, (1, [3]))!;
            ClientStatesMark after = Round(states, (0, new byte[300_000]), (2, [4]))!;
            Assert.Equal((1, 2), (before.Generation, after.Generation));
            Assert.True(File.Exists(PathOf(1)));
        }

        // A crash here: the checkpoint before counts.
        using ClientStates again = Open();
        again.Restore(before);
        Assert.Equal(900_000, again.Read(0).Length);
        Assert.Equal([3], again.Read(1).ToArray());
        Assert.True(again.Read(2).IsEmpty);
    }

    [Fact]
    public void A_file_that_was_changed_is_refused()
    {
        ClientStatesMark mark;
        using (ClientStates states = Open())
            mark = Round(states, (0, [1, 2, 3]), (1, [4, 5]))!;
        byte[] file = File.ReadAllBytes(PathOf(1));
        for (int i = 0; i < file.Length; i++)
        {
            byte[] changed = [.. file];
            changed[i] ^= 1;
            File.WriteAllBytes(PathOf(1), changed);
            using ClientStates again = Open();
            Exception? problem = Record.Exception(() =>
            {
                again.Restore(mark);
                again.Read(0);
                again.Read(1);
            });
            Assert.True(problem is InvalidDataException or RunFolderException, $"byte {i}: {problem}");
        }

        File.WriteAllBytes(PathOf(1), file[..^1]);
        using ClientStates shorter = Open();
        Assert.Throws<InvalidDataException>(() => shorter.Restore(mark));
    }

    private static ClientStatesMark? Round(ClientStates states, params (int Client, byte[] State)[] changes)
    {
        foreach ((int client, byte[] state) in changes)
            states.Write(client, state);
        states.CompletePhase();
        return states.Commit();
    }

    private ClientStates Open() => new(folder, number => new FileStream(PathOf(number), FileMode.OpenOrCreate, FileAccess.ReadWrite), number => File.Delete(PathOf(number)));

    private string PathOf(int number) => Path.Combine(folder, $"{number}.bin");
}
