"""Writes interoperability.safetensors, which the engine's tests read and write back byte for byte."""
import os

import numpy

import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))

if __name__ == "__main__":
    safetensors_file.write(
        os.path.join(HERE, "interoperability.safetensors"),
        {
            "layer.weight": (numpy.arange(6) / 2).astype(numpy.float32).reshape(2, 3),
            "double": numpy.array([1 / 3]),
            "half": numpy.array([1, -2], dtype=numpy.float16),
            "empty": numpy.zeros((0, 4), dtype=numpy.uint8),
            "scalar": numpy.array(-7, dtype=numpy.int64),
        },
        {"note": "made by numpy: é"},
    )
