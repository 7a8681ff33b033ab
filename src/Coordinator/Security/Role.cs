namespace Federated.Coordinator.Security;

/// <summary>What somebody may do.</summary>
internal enum Role
{
    /// <summary>Train clients: fleet and transfer.</summary>
    Node,

    /// <summary>Submit, watch and stop runs.</summary>
    User,
}
