using System.Security.Cryptography.X509Certificates;

namespace Federated.Coordinator.Security;

/// <summary>Who a certificate is for: the common name of its subject is the name, its organizational unit (<c>node</c> or <c>user</c>) the role.</summary>
internal static class CertificateIdentity
{
    // X.520, as RFC 5280, appendix A.1, names them.
    private const string CommonName = "2.5.4.3";
    private const string OrganizationalUnit = "2.5.4.11";

    /// <summary>The identity; null where the subject has not exactly one name and one role that there is.</summary>
    public static Identity? Read(X509Certificate2 certificate)
    {
        List<string> names = [], units = [];
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (part.HasMultipleElements)
                return null;
            List<string>? values = part.GetSingleElementType().Value switch { CommonName => names, OrganizationalUnit => units, _ => null };
            values?.Add(part.GetSingleElementValue() ?? "");
        }

        return names is [string name] && units is [string unit] && IdentityName.IsValid(name) && Roles.Parse(unit) is Role role ? new Identity(role, name) : null;
    }
}
