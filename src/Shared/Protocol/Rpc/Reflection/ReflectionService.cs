using Federated.Protocol.Rpc.Reflection.V1;
using Google.Protobuf.Reflection;
using Request = Federated.Protocol.Rpc.Reflection.V1.ServerReflectionRequest;

namespace Federated.Protocol.Rpc;

/// <summary>Tells tools what the server serves (<c>grpc.reflection.v1</c>), from the descriptors of its services. Messages have no extensions here (proto3).</summary>
internal sealed class ReflectionService
{
    private readonly List<ServiceDescriptor> services;
    private readonly Lazy<DescriptorIndex> index;

    /// <param name="services">The services; may grow until the first request.</param>
    public ReflectionService(List<ServiceDescriptor> services)
    {
        this.services = services;
        index = new Lazy<DescriptorIndex>(() => new DescriptorIndex(services));
    }

    public async Task ServerReflectionInfoAsync(IRpcReader<Request> requests, IRpcWriter<ServerReflectionResponse> responses, ServerCall call)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        while (await requests.ReadAsync(call.Cancel) is { } request)
        {
            ServerReflectionResponse response = Answer(request, sent);
            response.ValidHost = request.Host;
            response.OriginalRequest = request;
            await responses.WriteAsync(response, call.Cancel);
        }
    }

    private static ServerReflectionResponse Error(RpcStatusCode code, string message) => new() { ErrorResponse = new ErrorResponse { ErrorCode = (int)code, ErrorMessage = message } };

    private ServerReflectionResponse Answer(Request request, HashSet<string> sent)
    {
        switch (request.MessageRequestCase)
        {
            case Request.MessageRequestOneofCase.ListServices:
                var list = new ListServiceResponse();
                foreach (ServiceDescriptor service in services)
                    list.Service.Add(new ServiceResponse { Name = service.FullName });
                return new ServerReflectionResponse { ListServicesResponse = list };
            case Request.MessageRequestOneofCase.FileByFilename:
                return File(index.Value.FileNamed(request.FileByFilename), request.FileByFilename, sent);
            case Request.MessageRequestOneofCase.FileContainingSymbol:
                return File(index.Value.FileOf(request.FileContainingSymbol), request.FileContainingSymbol, sent);
            case Request.MessageRequestOneofCase.AllExtensionNumbersOfType:
                string type = request.AllExtensionNumbersOfType;
                return index.Value.FileOf(type) is null
                    ? Error(RpcStatusCode.NotFound, $"'{type}' is not known here")
                    : new ServerReflectionResponse { AllExtensionNumbersResponse = new ExtensionNumberResponse { BaseTypeName = type } };
            case Request.MessageRequestOneofCase.FileContainingExtension:
                return Error(RpcStatusCode.NotFound, "no message here has extensions");
            default:
                return Error(RpcStatusCode.InvalidArgument, "the request asks for nothing");
        }
    }

    private static ServerReflectionResponse File(FileDescriptor? file, string what, HashSet<string> sent)
    {
        if (file is null)
            return Error(RpcStatusCode.NotFound, $"'{what}' is not known here");
        var response = new FileDescriptorResponse();
        sent.Remove(file.Name); // what is asked for is sent again
        Add(file, response, sent);
        return new ServerReflectionResponse { FileDescriptorResponse = response };
    }

    private static void Add(FileDescriptor file, FileDescriptorResponse response, HashSet<string> sent)
    {
        if (!sent.Add(file.Name))
            return;
        response.FileDescriptorProto.Add(file.SerializedData);
        foreach (FileDescriptor imported in file.Dependencies)
            Add(imported, response, sent);
    }
}
