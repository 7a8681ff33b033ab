namespace Federated.Methods.Clients;

/// <summary>Hears of every step of a client, on the worker's thread and some ten thousand times a second: it must decide at once whether anybody wants to know.</summary>
public interface IClientProgress
{
    /// <summary>Client <paramref name="client"/> has done <paramref name="done"/> of <paramref name="total"/> steps.</summary>
    void StepDone(int client, int done, int total);
}
