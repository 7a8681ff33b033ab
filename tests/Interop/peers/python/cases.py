"""The cases of the client, by the names of the interoperability suite; further below what the suite does not have. A case that fails raises."""
import queue
import sys

import grpc

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"
REQUEST_SIZES = [27182, 8, 1828, 45904]
RESPONSE_SIZES = [31415, 9, 2653, 58979]
MEGABYTE = 1 << 20
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def equal(actual, expected):
    if actual != expected:
        raise AssertionError(f"{actual!r} instead of {expected!r}")


def fails(action, code, details=None):
    """Runs something that has to end with a status."""
    try:
        action()
    except grpc.RpcError as error:
        equal(error.code(), code)
        if details is not None:
            equal(error.details(), details)
        return
    except grpc.FutureCancelledError:
        equal(grpc.StatusCode.CANCELLED, code)
        return
    raise AssertionError(f"the call succeeded instead of ending with {code}")


def large(context, compression=None, **more):
    request = context.of("SimpleRequest")(response_size=314159, payload=context.payload(271828), **more)
    response = context.connect().UnaryCall(request, compression=compression)
    equal(response.payload.body, bytes(314159))


def client_streams(context, compression=None):
    requests = (context.of("StreamingInputCallRequest")(payload=context.payload(size)) for size in REQUEST_SIZES)
    equal(context.connect().StreamingInputCall(requests, compression=compression).aggregated_payload_size, 74922)


def server_streams(context, compressed):
    request = context.of("StreamingOutputCallRequest")(response_parameters=context.parameters(*RESPONSE_SIZES))
    for parameters in request.response_parameters:
        parameters.compressed.value = compressed
    equal([len(response.payload.body) for response in context.connect().StreamingOutputCall(request)], RESPONSE_SIZES)


class Pipe:
    """Requests of a stream that are put in one after the other; None ends it."""

    def __init__(self):
        self.queue = queue.Queue()
        self.put = self.queue.put

    def __iter__(self):
        return iter(self.queue.get, None)


def ping(context, response_size, request_size):
    return context.of("StreamingOutputCallRequest")(response_parameters=context.parameters(response_size), payload=context.payload(request_size))


@case
def empty_unary(context):
    equal(context.connect().EmptyCall(context.of("Empty")()), context.of("Empty")())


@case
def large_unary(context):
    large(context)


@case
def client_compressed_unary(context):
    large(context, grpc.Compression.Gzip, expect_compressed=context.of("BoolValue")(value=True))


@case
def server_compressed_unary(context):
    large(context, response_compressed=context.of("BoolValue")(value=True))


@case
def client_streaming(context):
    client_streams(context)


@case
def client_compressed_streaming(context):
    client_streams(context, grpc.Compression.Gzip)


@case
def server_streaming(context):
    server_streams(context, compressed=False)


@case
def server_compressed_streaming(context):
    server_streams(context, compressed=True)


@case
def ping_pong(context):
    pipe = Pipe()
    responses = context.connect().FullDuplexCall(iter(pipe))
    for response_size, request_size in zip(RESPONSE_SIZES, REQUEST_SIZES):
        pipe.put(ping(context, response_size, request_size))
        equal(len(next(responses).payload.body), response_size)
    pipe.put(None)
    equal(list(responses), [])


@case
def empty_stream(context):
    equal(list(context.connect().FullDuplexCall(iter(()))), [])


@case
def custom_metadata(context):
    stub = context.connect()
    metadata = [(INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab")]

    def check(call):
        equal(dict(call.initial_metadata()).get(INITIAL), "test_initial_metadata_value")
        equal(dict(call.trailing_metadata()).get(TRAILING), b"\xab\xab\xab")

    request = context.of("SimpleRequest")(response_size=314159, payload=context.payload(271828))
    _, call = stub.UnaryCall.with_call(request, metadata=metadata)
    check(call)
    call = stub.FullDuplexCall(iter([ping(context, 314159, 271828)]), metadata=metadata)
    equal([len(response.payload.body) for response in call], [314159])
    check(call)


@case
def status_code_and_message(context):
    stub = context.connect()
    status = context.of("EchoStatus")(code=2, message="test status message")
    fails(lambda: stub.UnaryCall(context.of("SimpleRequest")(response_status=status)), grpc.StatusCode.UNKNOWN, "test status message")
    request = context.of("StreamingOutputCallRequest")(response_status=status)
    fails(lambda: list(stub.FullDuplexCall(iter([request]))), grpc.StatusCode.UNKNOWN, "test status message")


@case
def special_status_message(context):
    status = context.of("EchoStatus")(code=2, message=SPECIAL)
    fails(lambda: context.connect().UnaryCall(context.of("SimpleRequest")(response_status=status)), grpc.StatusCode.UNKNOWN, SPECIAL)


@case
def unimplemented_method(context):
    fails(lambda: context.connect().UnimplementedCall(context.of("Empty")()), grpc.StatusCode.UNIMPLEMENTED)


@case
def unimplemented_service(context):
    fails(lambda: context.connect("grpc.testing.UnimplementedService").UnimplementedCall(context.of("Empty")()), grpc.StatusCode.UNIMPLEMENTED)


@case
def unknown_method(context):
    """A path that no descriptor has."""
    fails(lambda: context.channel().unary_unary("/grpc.testing.TestService/NoSuchCall")(b""), grpc.StatusCode.UNIMPLEMENTED)


@case
def cancel_after_begin(context):
    pipe = Pipe()
    call = context.connect().StreamingInputCall.future(iter(pipe))
    call.cancel()
    equal(call.cancelled(), True)
    fails(call.result, grpc.StatusCode.CANCELLED)
    pipe.put(None)


@case
def cancel_after_first_response(context):
    stub = context.connect()
    pipe = Pipe()
    call = stub.FullDuplexCall(iter(pipe))
    pipe.put(ping(context, 31415, 27182))
    equal(len(next(call).payload.body), 31415)
    call.cancel()
    fails(lambda: next(call), grpc.StatusCode.CANCELLED)
    pipe.put(None)
    stub.EmptyCall(context.of("Empty")())


@case
def timeout_on_sleeping_server(context):
    pipe = Pipe()
    pipe.put(context.of("StreamingOutputCallRequest")(payload=context.payload(27182)))
    fails(lambda: list(context.connect().FullDuplexCall(iter(pipe), timeout=0.001)), grpc.StatusCode.DEADLINE_EXCEEDED)
    pipe.put(None)


@case
def concurrent_calls(context):
    """Two hundred calls at a time on one connection: more than the streams that a server commonly allows at once."""
    stub = context.connect()
    calls = [stub.UnaryCall.future(context.of("SimpleRequest")(response_size=1000 + i, payload=context.payload(2000))) for i in range(200)]
    equal([len(call.result().payload.body) for call in calls], [1000 + i for i in range(200)])


@case
def slow_reader(context):
    """Reads a stream of a megabyte a message as its standard input tells it to, with other calls on the same connection in between."""
    stub = context.connect()
    count = 256
    responses = stub.StreamingOutputCall(context.of("StreamingOutputCallRequest")(response_parameters=context.parameters(*[MEGABYTE] * count)))
    read = 0
    for line in sys.stdin:
        if line.strip() == "all":
            break
        for _ in range(int(line)):
            equal(len(next(responses).payload.body), MEGABYTE)
            read += 1
        stub.EmptyCall(context.of("Empty")())
        print(f"read {read}", flush=True)
    equal([len(response.payload.body) for response in responses], [MEGABYTE] * (count - read))
    equal(responses.code(), grpc.StatusCode.OK)


@case
def health(context):
    request = context.messages["grpc.health.v1.HealthCheckRequest"]
    serving = 1
    stub = context.connect("grpc.health.v1.Health")
    for service in ("", "grpc.testing.TestService"):
        equal(stub.Check(request(service=service)).status, serving)
    fails(lambda: stub.Check(request(service="no.such.Service")), grpc.StatusCode.NOT_FOUND)
    watch = stub.Watch(request(service="grpc.testing.TestService"))
    equal(next(watch).status, serving)
    watch.cancel()
    fails(lambda: next(watch), grpc.StatusCode.CANCELLED)


@case
def reflection(context):
    request = context.messages["grpc.reflection.v1.ServerReflectionRequest"]
    stub = context.connect("grpc.reflection.v1.ServerReflection")
    services, by_service, by_method, by_name, missing = stub.ServerReflectionInfo(iter([
        request(list_services="*"),
        request(file_containing_symbol="grpc.testing.TestService"),
        request(file_containing_symbol="grpc.testing.TestService.UnaryCall"),
        request(file_by_filename="grpc/testing/testing.proto"),
        request(file_containing_symbol="no.such.Symbol"),
    ]))
    equal("grpc.testing.TestService" in [service.name for service in services.list_services_response.service], True)
    for found in (by_service, by_method, by_name):
        equal(len(found.file_descriptor_response.file_descriptor_proto) >= 1, True)
    equal(missing.error_response.error_code, grpc.StatusCode.NOT_FOUND.value[0])
