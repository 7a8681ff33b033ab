"""What the peers share: PyTorch with a clear message where it is missing, timing by both clocks, and the result's line."""
import argparse
import json
import resource
import statistics
import sys
import time

try:
    import torch
except ImportError:
    print("This peer needs PyTorch: install Debian's python3-torch and libopenblas0-pthread, and start it with /usr/bin/python3.", file=sys.stderr)
    sys.exit(2)

from networks import NETWORKS


def parser(description, repeats):
    """Options that all peers have."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--model", choices=sorted(NETWORKS), required=True)
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--repeats", type=int, default=repeats, help="timed passes after the untimed ones")
    options.add_argument("--channels-last", action="store_true", help="keep images and weights in PyTorch's channels_last format")
    return options


def create(options):
    """The network and the shape of an image; sets threads and seed first."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    create_network, shape = NETWORKS[options.model]
    return arranged(create_network(), options), shape


def arranged(value, options):
    """A network or a batch of images in the memory format that was asked for."""
    return value.to(memory_format=torch.channels_last) if options.channels_last else value


def measure(action, repeats, warm_up=1):
    """Seconds of each pass, by the wall clock and of the processor."""
    for _ in range(warm_up):
        action()
    wall, processor = [], []
    for _ in range(repeats):
        start, processor_start = time.perf_counter(), time.process_time()
        action()
        wall.append(time.perf_counter() - start)
        processor.append(time.process_time() - processor_start)
    return wall, processor


def report(benchmark, options, network, times, value, unit, **more):
    """Prints one JSON object; `value` turns the seconds of a pass into the unit."""
    wall, processor = (sorted(round(value(seconds), 6) for seconds in clock) for clock in times)
    print(json.dumps({
        "benchmark": benchmark,
        "model": options.model,
        "threads": options.threads,
        "repeats": options.repeats,
        "channelsLast": options.channels_last,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "median": statistics.median(wall),
        "minimum": wall[0],
        "maximum": wall[-1],
        "processorMedian": statistics.median(processor),
        "processorMinimum": processor[0],
        "unit": unit,
        "peakResidentBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "torch": torch.__version__,
        **more,
    }))
