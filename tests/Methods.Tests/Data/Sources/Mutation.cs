using Federated.Engine.Randomness;

namespace Federated.Methods.Tests.Data.Sources;

/// <summary>Damages files in the ways disks and networks do.</summary>
internal static class Mutation
{
    /// <summary>Changes up to eight bytes of one file of the folder, and sometimes cuts it or puts bytes after it.</summary>
    public static void OfOneFile(string folder, int seed)
    {
        KeyedRandom random = new(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
        string[] files = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        string file = files[random.Next(files.Length)];
        List<byte> bytes = [.. File.ReadAllBytes(file)];
        int changes = random.Next(9);
        for (int i = 0; i < changes; i++)
        {
            // Half of the changes go to the header, where they matter most.
            int place = random.Next(random.Next(2) == 0 ? Math.Min(24, bytes.Count) : bytes.Count);
            bytes[place] = (byte)random.NextUInt32();
        }

        switch (random.Next(4))
        {
            case 0:
                int kept = random.Next(bytes.Count);
                bytes.RemoveRange(kept, bytes.Count - kept);
                break;
            case 1:
                bytes.AddRange(new byte[1 + random.Next(5)]);
                break;
        }

        File.WriteAllBytes(file, [.. bytes]);
    }
}
