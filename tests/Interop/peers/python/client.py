"""The interoperability suite's test client on grpcio: `client.py --port N --case NAME`. Exit code 0: the case passed."""
import argparse
import os
import sys
import traceback

import grpc

import cases
from messages import Messages, Stub


class Context:
    """What a case works with."""

    def __init__(self, port):
        self.messages = Messages()
        self.port = port

    def channel(self):
        """A connection."""
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_receive_message_length", 64 << 20), ("grpc.enable_http_proxy", 0)]
        return grpc.insecure_channel(f"127.0.0.1:{self.port}", options=options)

    def connect(self, service="grpc.testing.TestService"):
        """Stubs of a service on a connection of their own."""
        return Stub(self.channel(), self.messages, service)

    def of(self, name):
        return self.messages["grpc.testing." + name]

    def payload(self, size):
        return self.of("Payload")(body=bytes(size))

    def parameters(self, *sizes):
        return [self.of("ResponseParameters")(size=size) for size in sizes]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--case", required=True)
    options.add_argument("--protos", help="not needed: descriptors stand in a file")
    arguments = options.parse_args()
    case = cases.CASES.get(arguments.case)
    if case is None:
        print(f"there is no case {arguments.case}", file=sys.stderr)
        return 2
    try:
        case(Context(arguments.port))
    except Exception:
        traceback.print_exc()
        return 1
    print(f"passed {arguments.case}", flush=True)
    return 0


code = main()
# Without the library's own farewell, which waits for calls that a case left open.
sys.stdout.flush()
sys.stderr.flush()
os._exit(code)
