"""The interoperability suite's test server on grpcio. Says `listening PORT` when it takes calls and ends with its standard input.

With --slow it reads a stream only as its standard input tells it to: a line with a number for so many messages, `all` for the rest.
"""
import argparse
import concurrent.futures
import os
import sys
import time

import grpc

from messages import Messages

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
CODES = {code.value[0]: code for code in grpc.StatusCode}


class TestService:
    """One method for each rpc that is implemented."""

    def __init__(self, messages, slow):
        self.messages = messages
        self.slow = slow

    def EmptyCall(self, request, context):
        self.echo_metadata(context)
        return self.of("Empty")()

    def UnaryCall(self, request, context):
        # Before the metadata, with which the kind of compression is announced.
        if request.response_compressed.value:
            context.set_compression(grpc.Compression.Gzip)
        self.echo_metadata(context)
        self.end_as_asked(request, context)
        return self.of("SimpleResponse")(payload=self.payload(request.response_size))

    def StreamingOutputCall(self, request, context):
        if any(parameters.compressed.value for parameters in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        self.echo_metadata(context)
        yield from self.answers(request, context)

    def StreamingInputCall(self, requests, context):
        self.echo_metadata(context)
        total = 0
        if self.slow:
            count = 0
            for line in sys.stdin:
                if line.strip() == "all":
                    break
                for _ in range(int(line)):
                    total += len(next(requests).payload.body)
                    count += 1
                print(f"read {count}", flush=True)
        for request in requests:
            total += len(request.payload.body)
        return self.of("StreamingInputCallResponse")(aggregated_payload_size=total)

    def FullDuplexCall(self, requests, context):
        self.echo_metadata(context)
        for request in requests:
            self.end_as_asked(request, context)
            yield from self.answers(request, context)

    def answers(self, request, context):
        for parameters in request.response_parameters:
            time.sleep(parameters.interval_us / 1e6)
            yield self.of("StreamingOutputCallResponse")(payload=self.payload(parameters.size))

    def payload(self, size):
        return self.of("Payload")(body=bytes(size))

    def of(self, name):
        return self.messages["grpc.testing." + name]

    @staticmethod
    def echo_metadata(context):
        received = context.invocation_metadata()
        context.send_initial_metadata([entry for entry in received if entry[0] == INITIAL])
        context.set_trailing_metadata([entry for entry in received if entry[0] == TRAILING])

    @staticmethod
    def end_as_asked(request, context):
        if request.response_status.code:
            context.abort(CODES[request.response_status.code], request.response_status.message)


def handlers(messages, slow):
    service = TestService(messages, slow)
    kinds = {
        "EmptyCall": grpc.unary_unary_rpc_method_handler,
        "UnaryCall": grpc.unary_unary_rpc_method_handler,
        "StreamingOutputCall": grpc.unary_stream_rpc_method_handler,
        "StreamingInputCall": grpc.stream_unary_rpc_method_handler,
        "FullDuplexCall": grpc.stream_stream_rpc_method_handler,
    }
    methods = {}
    for method in messages.service("grpc.testing.TestService").methods:
        if method.name in kinds:
            methods[method.name] = kinds[method.name](
                getattr(service, method.name),
                request_deserializer=messages[method.input_type.full_name].FromString,
                response_serializer=messages[method.output_type.full_name].SerializeToString)
    return grpc.method_handlers_generic_handler("grpc.testing.TestService", methods)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--slow", action="store_true")
    slow = options.parse_args().slow
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=16), options=[("grpc.max_receive_message_length", 64 << 20)])
    server.add_generic_rpc_handlers([handlers(Messages(), slow)])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"listening {port}", flush=True)
    if not slow:
        sys.stdin.read()
        os._exit(0)
    # The calls read the standard input; who started this ends it.
    server.wait_for_termination()


main()
