using System.Collections.Immutable;
using System.Text;
using Federated.Engine.Randomness;
using Federated.Engine.Storage;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Federated.Engine.Tests.Storage;

public sealed class SafeTensorsFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Write_KnownTensors_GivesExactlyTheseBytes()
    {
        byte[] bytes = Write(
            [NamedTensor.FromSingles("b", [2], [1f, -2f]), NamedTensor.FromDoubles("a", [1, 1], [0.5])],
            new Dictionary<string, string>(StringComparer.Ordinal) { ["z"] = "1", ["k"] = "é\"" });

        const string Header = """{"__metadata__":{"k":"é\"","z":"1"},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[1,1],"data_offsets":[8,16]}}""";
        byte[] header = Encoding.UTF8.GetBytes(Header);
        int padded = (header.Length + 7) / 8 * 8;
        Assert.Equal((ulong)padded, BitConverter.ToUInt64(bytes, 0));
        Assert.Equal(Header.PadRight(Header.Length + padded - header.Length), Encoding.UTF8.GetString(bytes, 8, padded));
        Assert.Equal("0000803F000000C0000000000000E03F", Convert.ToHexString(bytes.AsSpan(8 + padded)));
    }

    [Fact]
    public void Read_WhatWasWritten_GivesItBack()
    {
        byte[] bytes = Write(
            [
                NamedTensor.FromSingles("weights", [2, 3], [1, 2, 3, 4, float.NaN, -0f]),
                new NamedTensor("empty", SafeTensorsType.I64, [0, 7], Array.Empty<byte>()),
                new NamedTensor("another empty", SafeTensorsType.I64, [0], Array.Empty<byte>()),
                new NamedTensor("scalar 🙂 \" \\ \n", SafeTensorsType.U8, [], new byte[] { 255 }),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" });

        SafeTensorsFile file = Parse(bytes);

        Assert.Equal(["weights", "empty", "another empty", "scalar 🙂 \" \\ \n"], file.Tensors.Select(t => t.Name));
        Assert.Equal([1, 2, 3, 4, float.NaN, -0f], file["weights"].ToSingles());
        Assert.True(float.IsNegative(file["weights"].ToSingles()[5]));
        Assert.Equal([2, 3], file["weights"].Shape.ToArray());
        Assert.Equal([0, 7], file["empty"].Shape.ToArray());
        Assert.Empty(file.Tensors[3].Shape);
        Assert.Equal(255, file.Tensors[3].Data.Span[0]);
        Assert.Equal("", Assert.Single(file.Metadata).Value);
        Assert.Null(file.Find("absent"));
        Assert.Throws<KeyNotFoundException>(() => file["absent"]);
        Assert.Throws<InvalidOperationException>(() => file["weights"].ToDoubles());
    }

    [Fact]
    public void Write_ThenReadThenWrite_GivesTheSameBytes()
        => Check.One(Config.QuickThrowOnFailure.WithMaxTest(200), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            byte[] bytes = Write(RandomTensors(seed, out Dictionary<string, string> metadata), metadata);
            SafeTensorsFile file = Parse(bytes);
            return Write(file.Tensors, file.Metadata).AsSpan().SequenceEqual(bytes);
        }));

    [Fact]
    public void Read_AnyMutationOfAValidFile_ThrowsOnlySafeTensorsExceptionAndAllocatesLittle()
    {
        int refused = 0;
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic));
            byte[] bytes = Write(RandomTensors(seed % 50, out Dictionary<string, string> metadata), metadata);
            byte[] mutated = Mutate(bytes, ref random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Parse(mutated);
            }
            catch (SafeTensorsException e)
            {
                refused++;
                Assert.Contains("memory.safetensors", e.Message, StringComparison.Ordinal);
            }

            // The file, its header and their strings are of the order of a few kilobytes; a length that is believed unchecked would be megabytes.
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < 400_000, $"seed {seed}: {allocated} bytes were allocated for a file of {mutated.Length}");
        }

        Assert.InRange(refused, 1000, 2999);
    }

    [Theory]
    [InlineData("""[]""", "lacks an object")]
    [InlineData("""{"a":1}""", "lacks an object for a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", "lacks one of")]
    [InlineData("""{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}""", "unknown dtype F31")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}}""", "unexpected or repeated key more")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "unexpected or repeated key dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "whole number")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "takes more than")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647,2147483647],"data_offsets":[0,0]}}""", "takes more than")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "takes 8 bytes by its shape and 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "not a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "not a begin and an end")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "starts at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "starts at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "take 8 bytes and 4 follow")]
    [InlineData("""{}""", "take 0 bytes and 4 follow")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "a appears twice")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "k appears twice")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "lacks text")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} x""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", "not valid JSON")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "not valid JSON")]
    [InlineData("""{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", "not valid JSON")]
    public void Read_BrokenHeader_NamesFileAndCause(string header, string cause)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = [.. BitConverter.GetBytes((ulong)json.Length), .. json, 0, 0, 128, 63];
        SafeTensorsException e = Assert.Throws<SafeTensorsException>(() => Parse(bytes));
        Assert.Contains(cause, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("memory.safetensors ", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue, "format's limit")]
    [InlineData(100_000_001UL, "format's limit")]
    [InlineData(100_000_000UL, "only 0 follow")]
    public void Read_HeaderLengthBeyondTheFile_IsRefused(ulong length, string cause)
        => Assert.Contains(cause, Assert.Throws<SafeTensorsException>(() => Parse(BitConverter.GetBytes(length))).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_InvalidUtf8_IsRefused()
        => Assert.Contains("UTF-8", Assert.Throws<SafeTensorsException>(() => Parse([2, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xFF])).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_HeaderInAnotherOrderThanItsData_ListsTensorsByData()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"late":{"data_offsets":[2,3],"shape":[],"dtype":"BOOL"},"early":{"shape":[1],"dtype":"BF16","data_offsets":[0,2]}}""");
        SafeTensorsFile file = Parse([.. BitConverter.GetBytes((ulong)json.Length), .. json, 128, 63, 1]);
        Assert.Equal(["early", "late"], file.Tensors.Select(t => t.Name));
        Assert.Equal(SafeTensorsType.BF16, file["early"].Type);
        Assert.Equal([128, 63], file["early"].Data.ToArray());
        Assert.Equal([1], file["late"].Data.ToArray());
    }

    [Fact]
    public void Read_MissingFile_NamesIt()
    {
        string path = Path.Combine(folder, "absent.safetensors");
        Assert.Contains(path, Assert.Throws<SafeTensorsException>(() => SafeTensorsFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Throws<SafeTensorsException>(() => SafeTensorsFile.Read(folder));
    }

    [Fact]
    public void Write_ToAPath_ReplacesTheFileAndLeavesNothingElse()
    {
        string path = Path.Combine(folder, "model.safetensors");
        SafeTensorsFile.Write(path, [NamedTensor.FromSingles("a", [1], [1f])]);
        SafeTensorsFile.Write(path, [NamedTensor.FromSingles("a", [1], [2f])]);
        Assert.Equal([2f], SafeTensorsFile.Read(path)["a"].ToSingles());
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        string path = Path.Combine(folder, "model.safetensors");
        SafeTensorsFile.Write(path, [NamedTensor.FromSingles("a", [1], [1f])]);
        NamedTensor twice = NamedTensor.FromSingles("b", [1], [2f]);
        Assert.Throws<ArgumentException>(() => SafeTensorsFile.Write(path, [twice, twice]));
        Assert.Equal([1f], SafeTensorsFile.Read(path)["a"].ToSingles());
        Assert.Equal([path], Directory.GetFiles(folder));
    }

    [Fact]
    public void NamedTensor_ThatDoesNotFit_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("a", [2], [1f]));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("a", [-1], []));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("a", [int.MaxValue, int.MaxValue, int.MaxValue], []));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("__metadata__", [1], [1f]));
        Assert.Throws<ArgumentException>(() => NamedTensor.FromSingles("\ud800", [1], [1f]));
        Assert.Throws<ArgumentException>(() => Write([], new Dictionary<string, string>(StringComparer.Ordinal) { ["k"] = "\udc00" }));
    }

    private static byte[] Write(IEnumerable<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        using var stream = new MemoryStream();
        SafeTensorsFile.Write(stream, tensors, metadata);
        return stream.ToArray();
    }

    private static SafeTensorsFile Parse(byte[] bytes)
    {
        using var stream = new MemoryStream(bytes);
        return SafeTensorsFile.Read(stream, "memory.safetensors");
    }

    private static List<NamedTensor> RandomTensors(int seed, out Dictionary<string, string> metadata)
    {
        var random = new KeyedRandom(new RandomKey((ulong)seed, RandomPurpose.Synthetic, Round: 1));
        metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = random.Next(3); i > 0; i--)
            metadata[RandomText(ref random)] = RandomText(ref random);
        SafeTensorsType[] types = Enum.GetValues<SafeTensorsType>();
        var tensors = new List<NamedTensor>();
        for (int i = random.Next(6); i > 0; i--)
        {
            SafeTensorsType type = types[random.Next(types.Length)];
            ImmutableArray<int> shape = [.. Enumerable.Range(0, random.Next(4)).Select(_ => 0)];
            for (int d = 0; d < shape.Length; d++)
                shape = shape.SetItem(d, random.Next(5));
            byte[] data = new byte[shape.Aggregate(1, (a, b) => a * b) * SafeTensorsTypes.Size(type)];
            for (int b = 0; b < data.Length; b++)
                data[b] = (byte)random.Next(256);
            tensors.Add(new NamedTensor($"{i}{RandomText(ref random)}", type, shape, data));
        }

        return tensors;
    }

    private static string RandomText(ref KeyedRandom random)
    {
        var text = new StringBuilder();
        for (int i = random.Next(8); i > 0; i--)
        {
            // All of Unicode but the surrogates, small code points more often.
            int rune = random.Next(2) == 0 ? random.Next(128) : random.Next(0x110000);
            text.Append(new Rune(rune is >= 0xD800 and <= 0xDFFF ? 'x' : rune));
        }

        return text.ToString();
    }

    private static byte[] Mutate(byte[] bytes, ref KeyedRandom random)
    {
        byte[] mutated = [.. bytes];
        switch (random.Next(5))
        {
            case 0:
                return mutated[..random.Next(mutated.Length)];
            case 1:
                return [.. mutated, (byte)random.Next(256)];
            case 2:
                mutated[random.Next(8)] ^= (byte)(1 << random.Next(8));
                return mutated;
            case 3:
                // A digit for a digit: lengths and offsets that are still numbers.
                int[] digits = [.. Enumerable.Range(8, mutated.Length - 8).Where(i => char.IsAsciiDigit((char)bytes[i]))];
                if (digits.Length > 0)
                    mutated[digits[random.Next(digits.Length)]] = (byte)('0' + random.Next(10));
                return mutated;
            default:
                for (int i = 1 + random.Next(4); i > 0; i--)
                    mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
                return mutated;
        }
    }
}
