using System.CommandLine;
using Federated.Bench;
using Federated.Bench.Comparing;
using Federated.Bench.Rpc;
using Federated.Bench.Transfer;

var root = new RootCommand("Benchmarks of Federated. The last line of each command's output is one JSON object.")
{
    TrainStepCommand.Create(),
    LayerCommand.Create(),
    ProductCommand.Create(),
    GrowCommand.Create(),
    CodecCommand.Create(),
    ClientsCommand.Create(),
    AggregateCommand.Create(),
    CeilingsCommand.Create(),
    EchoCommand.Create(TimeProvider.System),
    EchoCommand.CreateServer(),
    RoundsCommand.Create(TimeProvider.System),
    RoundsClients.Create(),
    TransferCommand.Create(TimeProvider.System),
    TransferCommand.CreateServer(),
    CompareCommand.Create(TimeProvider.System),
};
return await root.Parse(args).InvokeAsync();
