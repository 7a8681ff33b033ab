"""An independent reader and writer of the safetensors format: numpy and the format's description, nothing else.

    python3 safetensors_file.py FILE...     lists tensors (name, type, shape, SHA-256 of the data) and checks the layout
"""
import hashlib
import json
import struct
import sys

import numpy

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1"}
NAMES = {numpy.dtype(code): name for name, code in TYPES.items()}


def read(path):
    """Returns ({name: array}, metadata); raises AssertionError where the file breaks the format."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    data = content[8 + length :]
    metadata = header.pop("__metadata__", {})
    arrays, end = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, stop = entry["data_offsets"]
        assert begin == end, f"{name} starts at {begin}, not {end}"
        arrays[name] = numpy.frombuffer(data[begin:stop], dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
        end = stop
    assert end == len(data), f"the tensors take {end} bytes of {len(data)}"
    return arrays, metadata


def write(path, arrays, metadata=None):
    """Writes arrays (name to numpy array) in the given order; the same arrays always give the same bytes."""
    header, offset = {}, 0
    if metadata:
        header["__metadata__"] = dict(sorted(metadata.items()))
    arrays = {name: numpy.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in arrays.items():
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            file.write(array.tobytes())


if __name__ == "__main__":
    for path in sys.argv[1:]:
        arrays, metadata = read(path)
        print(path, metadata)
        for name, array in arrays.items():
            print(f"  {name} {array.dtype} {list(array.shape)} {hashlib.sha256(array.tobytes()).hexdigest()[:16]}")
