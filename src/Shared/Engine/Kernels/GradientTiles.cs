namespace Federated.Engine.Kernels;

/// <summary>
/// The output pixels of a convolution in tiles whose pixels and neighbourhood stay in the L1 cache, and for each tile and tap those of its pixels that the tap
/// does not take to the padding. Offsets are floats from the start of a block of sixteen images. A small map's tile spans several blocks.
/// </summary>
internal sealed unsafe class GradientTiles : IDisposable
{
    private readonly NativeBuffer<GradientTile> tiles;
    private readonly NativeBuffer<TapPixels> taps;
    private readonly NativeBuffer<PixelPair> pairs;

    /// <summary>Copies the tables.</summary>
    /// <param name="tapCount">Taps of a channel.</param>
    /// <param name="tileBlocks">Blocks of images that one tile spans, if the batch has so many.</param>
    /// <param name="tiles">Tiles of one block.</param>
    /// <param name="taps">Pixels of each kind of tile, tap by tap.</param>
    /// <param name="pairs">What <paramref name="taps"/> point into.</param>
    public GradientTiles(
        int tapCount, int tileBlocks, ReadOnlySpan<GradientTile> tiles, ReadOnlySpan<TapPixels> taps, ReadOnlySpan<PixelPair> pairs)
    {
        Taps = tapCount;
        TileBlocks = tileBlocks;
        Count = tiles.Length;
        this.tiles = new NativeBuffer<GradientTile>(tiles);
        this.taps = new NativeBuffer<TapPixels>(taps);
        this.pairs = new NativeBuffer<PixelPair>(pairs);
    }

    /// <summary>Taps of a channel: kernel rows × columns.</summary>
    public int Taps { get; }

    /// <summary>Blocks of images that one tile spans, if the batch has so many.</summary>
    public int TileBlocks { get; }

    /// <summary>Tiles in one block.</summary>
    public int Count { get; }

    /// <summary>The tiles.</summary>
    public GradientTile* Tiles => tiles.Pointer;

    /// <summary>Pixels by tile kind and tap.</summary>
    public TapPixels* TapPixels => taps.Pointer;

    /// <summary>Pixels.</summary>
    public PixelPair* Pairs => pairs.Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        tiles.Dispose();
        taps.Dispose();
        pairs.Dispose();
    }
}

/// <summary>One tile of a map.</summary>
/// <param name="InputOrigin">Floats from the start of a block to the tile's place in the first channel of the input.</param>
/// <param name="OutputOrigin">Floats from the start of a block to the tile's place in the first channel of the output.</param>
/// <param name="FirstTap">Index of its kind's first entry in <see cref="GradientTiles.TapPixels"/>.</param>
internal readonly record struct GradientTile(int InputOrigin, int OutputOrigin, int FirstTap);

/// <summary>The pixels of a tile that one tap takes to pixels of the input.</summary>
/// <param name="Start">Index of the first in <see cref="GradientTiles.Pairs"/>.</param>
/// <param name="Count">Pixels.</param>
internal readonly record struct TapPixels(int Start, int Count);

/// <summary>A pixel of the output and the pixel of the input that meets it under a tap, in floats from the tile's origins.</summary>
/// <param name="Input">Place in the input.</param>
/// <param name="Output">Place in the output.</param>
internal readonly record struct PixelPair(int Input, int Output);
