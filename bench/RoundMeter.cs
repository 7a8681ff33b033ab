using Federated.Coordinator.Runs;
using Federated.Methods.Experiments;

namespace Federated.Bench;

/// <summary>One timed round: seconds by the clock, of the processor, with the clients and for their answers; bytes allocated on the managed heap.</summary>
internal readonly record struct RoundMeasure(double Wall, double Processor, double Exchange, double Answers, long Allocated);

/// <summary>Hears the rounds of a run and measures those after the first few.</summary>
internal sealed class RoundMeter(TimedExchange exchange, int untimed) : IRunObserver
{
    private readonly List<RoundMeasure> timed = [];
    private long start = TimeProvider.System.GetTimestamp();
    private TimeSpan processor;
    private double exchangeSeconds;
    private double answerSeconds;
    private long allocated;

    /// <summary>The timed rounds.</summary>
    public IReadOnlyList<RoundMeasure> Timed => timed;

    /// <summary>Bytes of resident memory when the untimed rounds were over.</summary>
    public long FirstResident { get; private set; }

    /// <summary>Bytes of resident memory after the last round.</summary>
    public long LastResident { get; private set; }

    /// <summary>The most by which any round's end stood above the first.</summary>
    public long LargestGrowth { get; private set; }

    public void RunStarted(ExperimentSpec experiment, string folder, int workers, int completedRounds)
    {
    }

    public void StepStarted(string description)
    {
    }

    public void PhaseStarted(int round, string phase, int clients)
    {
    }

    public void ClientProgress(int client, int done, int total)
    {
    }

    public void ClientFinished(int client)
    {
    }

    public void RoundCompleted(RoundRecord record)
    {
        if (record.Round > untimed)
        {
            timed.Add(new RoundMeasure(
                TimeProvider.System.GetElapsedTime(start).TotalSeconds,
                (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
                exchange.ExchangeSeconds - exchangeSeconds,
                exchange.AnswerSeconds - answerSeconds,
                GC.GetTotalAllocatedBytes() - allocated));
            LastResident = Environment.WorkingSet;
            LargestGrowth = Math.Max(LargestGrowth, LastResident - FirstResident);
        }
        else
        {
            FirstResident = LastResident = Environment.WorkingSet;
        }

        exchangeSeconds = exchange.ExchangeSeconds;
        answerSeconds = exchange.AnswerSeconds;
        allocated = GC.GetTotalAllocatedBytes();
        processor = Environment.CpuUsage.TotalTime;
        start = TimeProvider.System.GetTimestamp();
    }

    public void RunFinished(RunSummary summary, bool interrupted)
    {
    }
}
