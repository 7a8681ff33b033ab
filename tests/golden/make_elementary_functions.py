"""Writes elementary_functions.safetensors: arguments, correctly rounded results and what rounding took away, by mpmath with 120 digits.

Needs python3-mpmath. For each function f: f.x (and f.y for pow), f.nearest = the double nearest to the true value,
f.rest = (true value - nearest) in units in the last place of nearest, so that a test can tell an error to a fraction of a unit.
"""
import math
import os
import random

import mpmath
import numpy

import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
COUNT = 400


def arguments(function, rng):
    if function == "exp":
        special = [0.0, -0.0, 1.0, -1.0, 709.782712893384, -708.0, 1e-300, -1e-17, 0.34657359027997264, 0.34657359027997270]
        return special + [rng.uniform(-708, 709.7) for _ in range(COUNT // 2)] + [rng.choice((-1, 1)) * 2.0 ** rng.uniform(-40, 3) for _ in range(COUNT // 2)]
    if function == "log":
        special = [1.0, math.nextafter(1, 2), math.nextafter(1, 0), 2.0, 0.5, math.e, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, math.sqrt(2), 0.7071067811865475]
        return special + [2.0 ** rng.uniform(-1074, 1023) for _ in range(COUNT // 2)] + [1 + rng.choice((-1, 1)) * 2.0 ** rng.uniform(-40, -1) for _ in range(COUNT // 2)]
    if function in ("sin", "cos"):
        multiples = [float(k * mpmath.pi / 2) for k in (1, 2, 3, 4, 7, 100, 1001, 31415, 63661, -1, -2, -999)]
        return [0.0, 1e-300, 0.7853981633974483] + multiples + [rng.uniform(-7, 7) for _ in range(COUNT // 2)] + [rng.uniform(-1e5, 1e5) for _ in range(COUNT // 2)]
    return [0.0, 1e-300, 0.35, math.nextafter(0.35, 0), 22.0, 21.9, -19.0, 40.0] + [rng.choice((-1, 1)) * 2.0 ** rng.uniform(-30, 4.5) for _ in range(COUNT)]


def units(value, nearest):
    return float((value - mpmath.mpf(nearest)) / mpmath.mpf(math.ulp(nearest)))


def main():
    mpmath.mp.dps = 120
    rng = random.Random(20260101)
    arrays = {}
    for function in ("exp", "log", "sin", "cos", "tanh"):
        xs = arguments(function, rng)
        values = [getattr(mpmath, function)(mpmath.mpf(x)) for x in xs]
        nearest = [float(v) for v in values]
        arrays[f"{function}.x"] = numpy.array(xs)
        arrays[f"{function}.nearest"] = numpy.array(nearest)
        arrays[f"{function}.rest"] = numpy.array([units(v, n) for v, n in zip(values, nearest)])
    pairs = [(2.0 ** rng.uniform(-20, 20), rng.uniform(-30, 30)) for _ in range(COUNT)] + [(2.0, 10.0), (10.0, -3.0), (0.1, 0.5)]
    values = [mpmath.power(mpmath.mpf(x), mpmath.mpf(y)) for x, y in pairs]
    nearest = [float(v) for v in values]
    arrays["pow.x"] = numpy.array([x for x, _ in pairs])
    arrays["pow.y"] = numpy.array([y for _, y in pairs])
    arrays["pow.nearest"] = numpy.array(nearest)
    arrays["pow.rest"] = numpy.array([units(v, n) for v, n in zip(values, nearest)])
    safetensors_file.write(os.path.join(HERE, "elementary_functions.safetensors"), arrays, {"made by": f"mpmath {mpmath.__version__}"})


if __name__ == "__main__":
    main()
