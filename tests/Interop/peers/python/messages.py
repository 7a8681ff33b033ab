"""Message classes of the services, made at run time from descriptors: Debian has grpcio but no generator for it."""
import os

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TESTING = "grpc.testing"


class Messages:
    """The message classes of a file of descriptors, by full name: `messages["grpc.testing.Empty"]`."""

    def __init__(self, path=None):
        files = descriptor_pb2.FileDescriptorSet()
        with open(path or os.environ["INTEROP_DESCRIPTORS"], "rb") as file:
            files.ParseFromString(file.read())
        self.pool = descriptor_pool.DescriptorPool()
        self.factory = message_factory.MessageFactory(self.pool)
        self.classes = {}
        for file in files.file:
            self.pool.Add(file)

    def __getitem__(self, name):
        if name not in self.classes:
            self.classes[name] = self.factory.GetPrototype(self.pool.FindMessageTypeByName(name))
        return self.classes[name]

    def service(self, name):
        """The descriptor of a service."""
        return self.pool.FindServiceByName(name)


class Stub:
    """What generated stubs are: one callable for every method of a service."""

    def __init__(self, channel, messages, service):
        for method in messages.service(service).methods:
            request = messages[method.input_type.full_name]
            response = messages[method.output_type.full_name]
            proto = descriptor_pb2.MethodDescriptorProto()
            method.CopyToProto(proto)
            kind = {
                (False, False): channel.unary_unary,
                (False, True): channel.unary_stream,
                (True, False): channel.stream_unary,
                (True, True): channel.stream_stream,
            }[proto.client_streaming, proto.server_streaming]
            setattr(self, method.name, kind(f"/{service}/{method.name}", request_serializer=request.SerializeToString, response_deserializer=response.FromString))
