using Federated.Protocol.Rpc;
using Federated.Protocol.V1;

namespace Federated.Protocol.Transfer;

/// <summary>The chunks of a blob as they arrive; disposing it ends the call.</summary>
public interface IFetchStream : IRpcReader<Chunk>, IAsyncDisposable;
