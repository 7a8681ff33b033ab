using System.CommandLine;
using Federated.Bench;
using Federated.Bench.Comparing;

var root = new RootCommand("Benchmarks of Federated. The last line of each command's output is one JSON object.")
{
    TrainStepCommand.Create(),
    LayerCommand.Create(),
    GrowCommand.Create(),
    CodecCommand.Create(),
    SumCommand.Create(),
    ClientsCommand.Create(),
    CompareCommand.Create(TimeProvider.System),
    AggregateCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
