namespace Federated.Coordinator.Security;

/// <summary>What is wrong with a certificate, a key, a token or an address.</summary>
internal enum AccessError
{
    /// <summary>The file is not there or cannot be read.</summary>
    Missing,

    /// <summary>The file is not PEM, or holds no certificate or no key.</summary>
    NotPem,

    /// <summary>The private key belongs to another certificate.</summary>
    KeyMismatch,

    /// <summary>The certificate's time is over.</summary>
    Expired,

    /// <summary>The certificate's time has not begun.</summary>
    NotYetValid,

    /// <summary>The certificate is for something else.</summary>
    WrongUsage,

    /// <summary>Others may read what is secret.</summary>
    TooOpen,

    /// <summary>A line of the file is not what it should be.</summary>
    BadLine,

    /// <summary>Something is there already that must not be written over.</summary>
    Exists,

    /// <summary>What crosses, or who calls, would be unprotected between machines.</summary>
    Unprotected,
}
