"""Calls a second of an echo with Debian's python3-grpcio: this process holds the callers, one thread each, and starts the server as another one.

The messages hold one field of bytes, as the other programs of the comparison have it; --raw passes bytes on without any message.
"""
import argparse
import asyncio
import concurrent.futures
import json
import os
import resource
import subprocess
import sys
import threading
import time

try:
    import grpc
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    print("This peer needs grpcio: install Debian's python3-grpcio, and start it with /usr/bin/python3.", file=sys.stderr)
    sys.exit(2)

UNARY = "/federated.bench.Echo/Unary"
DUPLEX = "/federated.bench.Echo/PingPong"


def message_class():
    file = descriptor_pb2.FileDescriptorProto(name="echo.proto", package="federated.bench", syntax="proto3")
    field = file.message_type.add(name="Blob").field.add(name="body", number=1)
    field.type, field.label = field.TYPE_BYTES, field.LABEL_OPTIONAL
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("federated.bench.Blob"))


class Codec:
    """How a message becomes bytes and back, and what one of a size is."""

    def __init__(self, raw):
        if raw:
            self.write = self.read = None
            self.make = bytes
            self.size = len
        else:
            blob = message_class()
            self.write, self.read = blob.SerializeToString, blob.FromString
            self.make = lambda size: blob(body=bytes(size))
            self.size = lambda message: len(message.body)


class Handler(grpc.GenericRpcHandler):
    def __init__(self, unary, duplex):
        self.methods = {UNARY: unary, DUPLEX: duplex}

    def service(self, details):
        return self.methods.get(details.method)


def serve(options, codec):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=options.clients + 2))
    server.add_generic_rpc_handlers([Handler(
        grpc.unary_unary_rpc_method_handler(lambda request, context: request, codec.read, codec.write),
        grpc.stream_stream_rpc_method_handler(lambda requests, context: requests, codec.read, codec.write))])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()


async def serve_asyncio(codec):
    async def unary(request, context):
        return request

    async def duplex(requests, context):
        async for request in requests:
            yield request

    server = grpc.aio.server()
    server.add_generic_rpc_handlers([Handler(
        grpc.unary_unary_rpc_method_handler(unary, codec.read, codec.write),
        grpc.stream_stream_rpc_method_handler(duplex, codec.read, codec.write))])
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


CHANNEL = [("grpc.use_local_subchannel_pool", 1), ("grpc.enable_http_proxy", 0)]


class Meter:
    """When each call ended and how long it took."""

    def __init__(self, options):
        self.begin = time.perf_counter() + options.warm_up
        self.end = self.begin + options.seconds * options.repeats
        self.calls = []

    def go_on(self, start, calls):
        now = time.perf_counter()
        calls.append((now, now - start))
        return now < self.end


def caller(port, options, codec, meter, gate):
    """One caller's loop on a thread of its own."""
    channel = gate.channel(lambda: grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL))
    message = codec.make(options.size)
    calls = []
    if options.kind == "unary":
        call = channel.unary_unary(UNARY, codec.write, codec.read)
        while True:
            start = time.perf_counter()
            if codec.size(call(message)) != options.size:
                raise RuntimeError("another size came back")
            if not meter.go_on(start, calls):
                break
    else:
        ready = threading.Semaphore(1)
        done = False

        def requests():
            while True:
                ready.acquire()
                if done:
                    return
                yield message

        responses = channel.stream_stream(DUPLEX, codec.write, codec.read)(requests())
        start = time.perf_counter()
        for response in responses:
            if codec.size(response) != options.size:
                raise RuntimeError("another size came back")
            done = not meter.go_on(start, calls)
            start = time.perf_counter()
            ready.release()
    meter.calls.extend(calls)


async def caller_asyncio(port, options, codec, meter, gate):
    channel = gate.channel(lambda: grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL))
    message = codec.make(options.size)
    calls = []
    start = time.perf_counter()
    if options.kind == "unary":
        call = channel.unary_unary(UNARY, codec.write, codec.read)
        while codec.size(await call(message)) == options.size and meter.go_on(start, calls):
            start = time.perf_counter()
    else:
        call = channel.stream_stream(DUPLEX, codec.write, codec.read)()
        while True:
            await call.write(message)
            if codec.size(await call.read()) != options.size or not meter.go_on(start, calls):
                break
            start = time.perf_counter()
        await call.done_writing()
    meter.calls.extend(calls)


class Gate:
    """Gives each caller a connection of its own, or all of them the same one."""

    def __init__(self, connections):
        self.connections = connections
        self.channels = []
        self.lock = threading.Lock()
        self.callers = 0

    def channel(self, create):
        with self.lock:
            if len(self.channels) < self.connections:
                self.channels.append(create())
            self.callers += 1
            return self.channels[(self.callers - 1) % self.connections]


async def all_asyncio(port, options, codec, meter, gate):
    await asyncio.gather(*[caller_asyncio(port, options, codec, meter, gate) for _ in range(options.clients)])


def processor(*processes):
    """Seconds of processor time that processes have used."""
    total = 0
    for process in processes:
        with open(f"/proc/{process}/stat") as stat:
            total += sum(int(ticks) for ticks in stat.read().rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")
    return total


def quantile(values, share):
    return values[min(len(values) - 1, int(share * len(values)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kind", choices=["unary", "duplex"], default="unary")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--connections", type=int, default=0, help="0: one for each client")
    parser.add_argument("--size", type=int, default=10240)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--warm-up", type=float, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--asyncio", action="store_true")
    parser.add_argument("--raw", action="store_true")
    parser.add_argument("--serve", action="store_true")
    options = parser.parse_args()
    codec = Codec(options.raw)
    if options.serve:
        return asyncio.run(serve_asyncio(codec)) if options.asyncio else serve(options, codec)

    server = subprocess.Popen([sys.executable, *sys.argv, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        port = int(server.stdout.readline())
        meter = Meter(options)
        gate = Gate(options.connections or options.clients)
        spent = []
        threading.Timer(options.warm_up, lambda: spent.append(processor(os.getpid(), server.pid))).start()
        if options.asyncio:
            asyncio.run(all_asyncio(port, options, codec, meter, gate))
        else:
            threads = [threading.Thread(target=caller, args=(port, options, codec, meter, gate)) for _ in range(options.clients)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        spent.append(processor(os.getpid(), server.pid))
    finally:
        server.kill()

    rates = [0] * options.repeats
    for end, _ in meter.calls:
        window = int((end - meter.begin) // options.seconds)
        if 0 <= window < options.repeats:
            rates[window] += 1 / options.seconds
    times = sorted(1e6 * duration for end, duration in meter.calls if end >= meter.begin)
    rates.sort()
    print(json.dumps({
        "benchmark": "rpc-echo",
        "kind": options.kind,
        "clients": options.clients,
        "connections": options.connections or options.clients,
        "threads": 2,
        "repeats": options.repeats,
        "median": rates[len(rates) // 2],
        "minimum": rates[0],
        "maximum": rates[-1],
        "unit": "calls/s",
        "medianMicroseconds": round(quantile(times, 0.5), 1),
        "lastPercentMicroseconds": round(quantile(times, 0.99), 1),
        "processorMicroseconds": round(1e6 * (spent[1] - spent[0]) / len(times), 1),
        "peakResidentBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "grpcio": grpc.__version__,
    }))


main()
