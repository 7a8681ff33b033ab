using System.Collections;
using Federated.Engine.Networks;
using Federated.Methods.Clients;
using Federated.Methods.Nodes;
using Federated.Protocol.V1;

namespace Federated.ClientNode.Remote;

/// <summary>Finds what is wrong with a list or an experiment that came from outside, before memory is given to what it announces.</summary>
internal static class WorkListCheck
{
    /// <summary>Longest name of a run.</summary>
    public const int LongestName = 255;

    // Clients of one phase differ in what they keep: a form for each mask of some past rounds.
    private const int MostForms = 1024;
    private const int MostReferences = 64;
    private const int MostKept = 65_536;

    /// <summary>
    /// Most bytes of a payload of this network: for every parameter and statistic four times a float32 (values, a mask, indexed gradients with their places), and a megabyte for
    /// what does not grow with the network.
    /// </summary>
    public static long LargestPayload(NetworkPlan plan) => (1L << 20) + (16L * ((long)plan.Parameters.Count + plan.Statistics.Count));

    /// <summary>What is wrong with a list that can be seen without its experiment; null: nothing.</summary>
    public static string? ProblemOf(WorkList list)
    {
        if (list.Run.Length is 0 or > LongestName)
            return $"a run's name has 1 to {LongestName} characters, not {list.Run.Length}";
        if (list.Groups.Count == 0)
            return "the list has no clients";
        if (list.Forms.Count is 0 or > MostForms)
            return $"a list has 1 to {MostForms} forms of its payload, not {list.Forms.Count}";
        if (list.Groups.Count > list.Forms.Count)
            return $"the list has {list.Groups.Count} groups of clients for {list.Forms.Count} forms";
        if (list.Kept.Count > MostKept)
            return $"clients keep {list.Kept.Count} parts; {MostKept} is the most";
        if (!list.Kept.All(Digests.IsDigest))
            return "the digest of a kept part does not have 32 bytes";
        if (list.ServerForm is { } server && (ProblemOf(server) ?? (server.RefersTo.Count > 0 ? "the server's form of the task refers to something" : null)) is { } fault)
            return fault;
        if (list.States is { } states && (ProblemOf(states) ?? (states.RefersTo.Count > 0 ? "states of clients refer to something" : null)) is { } wrong)
            return wrong;
        return list.Forms.Select(ProblemOf).FirstOrDefault(static problem => problem is not null);
    }

    /// <summary>What is wrong with a list of an experiment; null: nothing.</summary>
    /// <param name="list">A list without a problem of its own.</param>
    /// <param name="context">Its experiment.</param>
    /// <param name="memory">Bytes that its payloads may take together.</param>
    public static string? ProblemOf(WorkList list, ExperimentContext context, long memory)
    {
        if (list.Round > context.Experiment.Rounds)
            return $"round {list.Round} of an experiment of {context.Experiment.Rounds}";
        if (!ClientTaskCatalog.Knows(list.Task))
            return $"this node knows no task '{list.Task[..Math.Min(list.Task.Length, 64)]}': use the same release of Federated on coordinator and nodes";
        long largest = LargestPayload(context.Plan);
        ulong all = 0;
        foreach (PayloadForm form in list.ServerForm is { } server ? list.Forms.Append(server) : list.Forms)
        {
            if (form.Length > (ulong)largest)
                return $"a payload of {form.Length:N0} bytes; this network's have at most {largest:N0}";
            all += form.Length;
        }

        if (all > (ulong)memory)
            return $"payloads of {all:N0} bytes together; this node has {memory:N0} for them: give it more memory, or fewer clients a round";
        return ProblemOf(list.Groups, list.Forms.Count, context.Clients.Count) ?? (list.States is { } states ? ProblemOf(states, list, context, memory) : null);
    }

    private static string? ProblemOf(PayloadForm states, WorkList list, ExperimentContext context, long memory)
    {
        long largest = ClientStateBundle.LargestBytes(list.Groups.SelectMany(static group => group.Clients).Select(client => ClientStateLimit.Of(context, context.Clients[(int)client])));
        if (states.Length > (ulong)largest)
            return $"states of clients of {states.Length:N0} bytes; these clients' have at most {largest:N0}";
        return states.Length > (ulong)memory ? $"states of clients of {states.Length:N0} bytes; this node has {memory:N0} for them: give it more memory, or fewer clients a round" : null;
    }

    private static string? ProblemOf(PayloadForm form)
    {
        if (!Digests.IsDigest(form.Sha256) || !form.RefersTo.All(Digests.IsDigest))
            return "the digest of a payload, or of what it refers to, does not have 32 bytes";
        if (form.Length == 0)
            return "a payload is empty";
        return form.RefersTo.Count > MostReferences ? $"a payload refers to {form.RefersTo.Count} parts; {MostReferences} is the most" : null;
    }

    private static string? ProblemOf(IReadOnlyList<ClientGroup> groups, int forms, int clients)
    {
        var seen = new BitArray(clients);
        foreach (ClientGroup group in groups)
        {
            if (group.Form >= forms)
                return $"a group of clients receives form {group.Form} of {forms}";
            if (group.Clients.Count == 0)
                return "a group of clients is empty";
            long before = -1;
            foreach (uint client in group.Clients)
            {
                if (client >= clients)
                    return $"client {client} of an experiment with {clients}";
                if (client <= before)
                    return $"client {client} stands behind client {before}: clients of a group ascend";
                if (seen[(int)client])
                    return $"client {client} stands in two groups";
                seen[(int)client] = true;
                before = client;
            }
        }

        return null;
    }
}
