using System.CommandLine;
using Federated.Bench;
using Federated.Bench.Comparing;

var root = new RootCommand("Benchmarks of Federated. The last line of each command's output is one JSON object.")
{
    TrainStepCommand.Create(),
    LayerCommand.Create(),
    GrowCommand.Create(),
    CodecCommand.Create(),
    ClientsCommand.Create(),
    AggregateCommand.Create(),
    CeilingsCommand.Create(),
    CompareCommand.Create(TimeProvider.System),
};
return await root.Parse(args).InvokeAsync();
