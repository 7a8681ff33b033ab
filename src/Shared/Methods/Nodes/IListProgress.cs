namespace Federated.Methods.Nodes;

/// <summary>Hears how far a list is. One call at a time, on the threads that train.</summary>
public interface IListProgress
{
    /// <summary>Client <paramref name="client"/> has done <paramref name="done"/> of <paramref name="total"/> steps.</summary>
    void Step(int client, int done, int total);

    /// <summary>Client <paramref name="client"/> has answered and its answer is combined with the others.</summary>
    void Finished(int client);
}
