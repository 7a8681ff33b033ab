using Federated.Coordinator.CommandLine;

bool debug = string.Equals(Environment.GetEnvironmentVariable(FailureReport.DebugVariable), "1", StringComparison.Ordinal);
using InterruptSignals signals = new(Console.Error);
return await new CommandLineProgram(TimeProvider.System, Console.Out, Console.Error, debug, signals.Interrupts).RunAsync(args);
