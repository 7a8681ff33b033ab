"""The engine's keyed random numbers (Philox4x32-10) in numpy, so that both sides make the same weights, masks and images instead of storing them."""
import numpy

PURPOSES = {"Initialization": 1, "PruningScore": 8, "Synthetic": 13}
M64 = (1 << 64) - 1
M32 = numpy.uint64(0xFFFFFFFF)


def _mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)


def philox(x0, x1, x2, x3, k0, k1):
    """Ten rounds on arrays of 32-bit numbers held in uint64."""
    shift = numpy.uint64(32)
    for _ in range(10):
        product0 = numpy.uint64(0xD2511F53) * x0
        product1 = numpy.uint64(0xCD9E8D57) * x2
        x0, x1, x2, x3 = (product1 >> shift) ^ x1 ^ k0, product1 & M32, (product0 >> shift) ^ x3 ^ k1, product0 & M32
        k0 = (k0 + numpy.uint64(0x9E3779B9)) & M32
        k1 = (k1 + numpy.uint64(0xBB67AE85)) & M32
    return x0, x1, x2, x3


def bits(count, seed, purpose, round=0, client=0, step=0):
    """The first `count` 32-bit numbers of the stream with this key, as uint64."""
    mixed = _mix((seed + 0x9E3779B97F4A7C15) & M64)
    mixed = _mix(mixed ^ ((PURPOSES[purpose] << 32) | round))
    mixed = _mix(mixed ^ client)
    lane = _mix(mixed ^ step)
    blocks = numpy.arange((count + 3) // 4, dtype=numpy.uint64)
    constant = [numpy.full_like(blocks, v & 0xFFFFFFFF) for v in (lane, lane >> 32)]
    keys = [numpy.full_like(blocks, v & 0xFFFFFFFF) for v in (mixed, mixed >> 32)]
    words = philox(blocks & M32, blocks >> numpy.uint64(32), *constant, *keys)
    return numpy.stack(words, axis=1).reshape(-1)[:count]


def uniform(count, *key, **fields):
    """The first `count` values of NextSingle: multiples of 2^-24 in [0, 1), exact in float32 and float64."""
    return (bits(count, *key, **fields) >> numpy.uint64(8)).astype(numpy.float64) / (1 << 24)


def symmetric(shape, middle, bound, *key, **fields):
    """float32 of middle + bound·(2u − 1), computed in float64."""
    u = uniform(int(numpy.prod(shape)), *key, **fields)
    return (middle + bound * (2 * u - 1)).astype(numpy.float32).reshape(shape)


if __name__ == "__main__":
    answer = philox(*[numpy.array([v], dtype=numpy.uint64) for v in (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344, 0xA4093822, 0x299F31D0)])
    assert [int(v[0]) for v in answer] == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1], answer
    print([f"{int(v):08X}" for v in bits(6, 42, "Synthetic", round=1, client=2, step=3)])
