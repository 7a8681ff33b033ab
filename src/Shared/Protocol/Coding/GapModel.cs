using System.Numerics;
using System.Runtime.CompilerServices;

namespace Federated.Protocol.Coding;

/// <summary>
/// The probabilities with which the gap before the next set position is coded, when <see cref="Ones"/> of the <see cref="Remaining"/> positions ahead are set.
/// Under the adaptive enumerative model each position is set with probability p = ones/remaining. Asking position by position costs one symbol each; here the same
/// law is asked by doubling: "are the next 2^m positions all clear?" until not (probability Q(2^m), Q(h) = (1−p)^h), then by halving: "is the first set position in the left half?"
/// (probability 1/(1 + Q(h)) for halves of h). With 2^m ≈ 1/p that is m + O(1) symbols per set position instead of 1/p.
/// Cost: the geometric law in place of the exact one (a Beta law as n grows) loses 1/(k(k+1)) nats at k ones left, which telescopes to under 1 nat = 1.44 bits per set.
/// The tables are refreshed after every max(1, ones/128) ones; the drift of p in between costs a fraction of a bit per set.
/// </summary>
internal struct GapModel
{
    private const int RefreshShift = 7;

    private LevelTable leftProbabilities;
    private int untilRefresh;

    /// <summary>The model at the start of a set of <paramref name="length"/> positions of which <paramref name="count"/> are set, 0 &lt; count &lt; length.</summary>
    public GapModel(int length, int count)
    {
        Remaining = length;
        Ones = count;
        Refresh();
    }

    /// <summary>Positions that are still to be coded.</summary>
    public int Remaining { get; private set; }

    /// <summary>Set positions among them.</summary>
    public int Ones { get; private set; }

    /// <summary>Number of halvings m.</summary>
    public int Levels { get; private set; }

    /// <summary>Probability, in units of 2^-64, that the next 2^<see cref="Levels"/> positions are clear.</summary>
    public ulong SkipProbability { get; private set; }

    /// <summary>Whether nothing is left to say: no position ahead is set, or all are.</summary>
    public readonly bool IsDetermined => Ones == 0 || Ones == Remaining;

    /// <summary>Probability, in units of 2^-64, that the first set position is in the left half of 2^(<paramref name="level"/>+1) positions that are not all clear.</summary>
    public readonly ulong LeftProbability(int level) => leftProbabilities[level];

    /// <summary>Moves past a gap and the set position after it.</summary>
    public void Advance(int gap)
    {
        Remaining -= gap + 1;
        Ones--;
        if (--untilRefresh == 0 && !IsDetermined)
            Refresh();
    }

    private void Refresh()
    {
        Levels = BitOperations.Log2((uint)(Remaining / Ones));
        // Q(h) in units of 2^-32. With at least one clear and one set position ahead it is inside (0, 1) at the start; squaring may only round it down to 0.
        ulong clear = ((ulong)(uint)(Remaining - Ones) << 32) / (uint)Remaining;
        for (int level = 0; level < Levels; level++)
        {
            leftProbabilities[level] = (ulong.MaxValue / ((1UL << 32) + clear)) << 32;
            clear = Math.Max((clear * clear) >> 32, 1);
        }

        SkipProbability = clear << 32;
        untilRefresh = Math.Max(1, Ones >> RefreshShift);
    }

    /// <summary>One entry per halving: 2^30 is the largest block in a set of 2^31−1 positions.</summary>
    [InlineArray(31)]
    private struct LevelTable
    {
        private ulong first;
    }
}
