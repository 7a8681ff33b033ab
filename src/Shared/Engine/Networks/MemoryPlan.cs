using Federated.Engine.Tensors;

namespace Federated.Engine.Networks;

/// <summary>
/// Places of a plan's buffers for batches of a given size. Buffers with a zero border have memory of their own, which others of the same geometry may use at
/// other times: the border lies at the same places and stays zero. All others are laid over each other wherever their lifetimes do not touch, largest first.
/// Places are counted in floats.
/// </summary>
internal sealed class MemoryPlan
{
    private readonly Dictionary<PlannedBuffer, long> places = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<PlannedBuffer, long> keptPlaces = new(ReferenceEqualityComparer.Instance);

    /// <summary>Lays out the buffers of <paramref name="plan"/> for <paramref name="blocks"/> blocks of sixteen images.</summary>
    public MemoryPlan(BufferPlan plan, int blocks)
    {
        PlannedBuffer[] all = [.. plan.Activations, .. plan.Gradients];
        ArenaLength = Place(
            [.. all.Where(static b => !b.IsTemporary)], _ => blocks, static (a, b) => a.Life.FirstTime <= b.Life.LastTime && b.Life.FirstTime <= a.Life.LastTime);
        // Scratch memory does not outlive a stage, so only what one stage needs together must lie apart.
        ScratchLength = Place(
            [.. all.Where(static b => b.IsTemporary)],
            b => plan.Schedule.Stages[b.Life.FirstStage].GroupOf(blocks),
            static (a, b) => a.Life.FirstStage == b.Life.FirstStage && a.Life.FirstPosition <= b.Life.LastPosition && b.Life.FirstPosition <= a.Life.LastPosition);
        foreach (IGrouping<int, PlannedBuffer> stage in all.Where(static b => b.IsTemporary).GroupBy(static b => b.Life.FirstStage))
        {
            long length = 0;
            foreach (PlannedBuffer buffer in stage)
            {
                keptPlaces.Add(buffer, length);
                length += Length(buffer, blocks);
            }

            KeptScratchLength = Math.Max(KeptScratchLength, length);
        }
    }

    /// <summary>Floats of the arena, for all blocks.</summary>
    public long ArenaLength { get; }

    /// <summary>Floats of the scratch memory of one thread.</summary>
    public long ScratchLength { get; }

    /// <summary>Floats of a scratch memory that keeps all blocks of one stage.</summary>
    public long KeptScratchLength { get; }

    /// <summary>Where a buffer starts in the arena.</summary>
    public long ArenaPlace(PlannedBuffer buffer) => places[buffer];

    /// <summary>Where a temporary buffer starts in scratch memory.</summary>
    public ScratchPlace ScratchPlace(PlannedBuffer buffer) => new(places[buffer], keptPlaces[buffer]);

    private static long Length(PlannedBuffer buffer, int blocks) => checked(buffer.Geometry.BlockStride * blocks);

    private long Place(PlannedBuffer[] buffers, Func<PlannedBuffer, int> blocksOf, Func<PlannedBuffer, PlannedBuffer, bool> meet)
    {
        long end = PlaceBordered([.. buffers.Where(static b => b.Geometry.Padding > 0)], blocksOf, meet);
        PlannedBuffer[] plain = [.. buffers.Where(static b => b.Geometry.Padding == 0).OrderByDescending(b => Length(b, blocksOf(b))).ThenBy(static b => b.Life.FirstPosition)];
        var placed = new List<PlannedBuffer>();
        long length = end;
        foreach (PlannedBuffer buffer in plain)
        {
            long size = Length(buffer, blocksOf(buffer));
            long place = end;
            foreach (PlannedBuffer other in placed.Where(other => meet(buffer, other)).OrderBy(other => places[other]))
            {
                if (place + size <= places[other])
                    break;
                place = Math.Max(place, places[other] + Length(other, blocksOf(other)));
            }

            places.Add(buffer, place);
            placed.Add(buffer);
            length = Math.Max(length, place + size);
        }

        return length;
    }

    private long PlaceBordered(PlannedBuffer[] buffers, Func<PlannedBuffer, int> blocksOf, Func<PlannedBuffer, PlannedBuffer, bool> meet)
    {
        long end = 0;
        foreach (IGrouping<Geometry, PlannedBuffer> equal in buffers.GroupBy(static b => b.Geometry))
        {
            var slots = new List<List<PlannedBuffer>>();
            foreach (PlannedBuffer buffer in equal.OrderBy(static b => b.Life.FirstPosition))
            {
                List<PlannedBuffer>? slot = slots.Find(slot => !slot.Exists(other => meet(buffer, other)));
                if (slot is null)
                    slots.Add(slot = []);
                slot.Add(buffer);
            }

            long size = checked(equal.Key.BlockStride * equal.Max(blocksOf));
            foreach (List<PlannedBuffer> slot in slots)
            {
                foreach (PlannedBuffer buffer in slot)
                    places.Add(buffer, end);
                end += size;
            }
        }

        return end;
    }
}
