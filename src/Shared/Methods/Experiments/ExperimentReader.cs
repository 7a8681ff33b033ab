using System.Text;
using Federated.Methods.Experiments.Reading;
using Federated.Methods.Pretraining;

namespace Federated.Methods.Experiments;

/// <summary>Reads experiment files: YAML, checked key by key and then as a whole, every default filled in.</summary>
/// <param name="vocabulary">The names of models, data sets and devices that a file may use.</param>
public sealed class ExperimentReader(ExperimentVocabulary vocabulary)
{
    /// <summary>Longest experiment file, in bytes. A long one has some two thousand.</summary>
    public const int LongestFile = 1_000_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a file and lays values from the command line over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Texts of the form <c>path=value</c>, applied in order.</param>
    /// <exception cref="ExperimentFileException">The file cannot be read, or something in it is wrong.</exception>
    public ExperimentSpec ReadFile(string path, IEnumerable<string> overrides) => Parse(LoadText(path), path, overrides);

    /// <summary>The experiment that a text describes.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">Name of the text in messages.</param>
    /// <param name="overrides">Texts of the form <c>path=value</c>, applied in order.</param>
    /// <exception cref="ExperimentFileException">Something in it is wrong.</exception>
    public ExperimentSpec Parse(string text, string source, IEnumerable<string> overrides)
    {
        (ExperimentSpec spec, SpecBinder binder) = Bind<ExperimentSpec>(text, source, overrides, "an experiment");
        CrossChecks.Check(spec, vocabulary, binder.PositionOf);
        return spec;
    }

    /// <summary>Reads a file for <c>federated pretrain</c> and lays values from the command line over it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Texts of the form <c>path=value</c>, applied in order.</param>
    /// <exception cref="ExperimentFileException">The file cannot be read, or something in it is wrong.</exception>
    public PretrainSpec ReadPretrainingFile(string path, IEnumerable<string> overrides) => ParsePretraining(LoadText(path), path, overrides);

    /// <summary>The pre-training that a text describes.</summary>
    /// <param name="text">YAML.</param>
    /// <param name="source">Name of the text in messages.</param>
    /// <param name="overrides">Texts of the form <c>path=value</c>, applied in order.</param>
    /// <exception cref="ExperimentFileException">Something in it is wrong.</exception>
    public PretrainSpec ParsePretraining(string text, string source, IEnumerable<string> overrides)
    {
        (PretrainSpec spec, SpecBinder binder) = Bind<PretrainSpec>(text, source, overrides, "a pre-training");
        CrossChecks.Check(spec, vocabulary, binder.PositionOf);
        return spec;
    }

    private static (TSpec Spec, SpecBinder Binder) Bind<TSpec>(string text, string source, IEnumerable<string> overrides, string whole)
        where TSpec : class, new()
    {
        ConfigMapping root = ConfigParser.ParseFile(source, text);
        foreach (string assignment in overrides)
            ConfigOverride.Apply(root, assignment);
        SpecBinder binder = new(whole);
        return (binder.Bind<TSpec>(root), binder);
    }

    private static string LoadText(string path)
    {
        byte[] bytes = Load(path);
        string text;
        try
        {
            text = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ExperimentFileException(new(path, 0, 0), "", $"byte {exception.Index} is not UTF-8 text", "save the file as UTF-8", exception);
        }

        return text.TrimStart('\uFEFF');
    }

    private static byte[] Load(string path)
    {
        SourcePosition whole = new(path, 0, 0);
        try
        {
            if (Directory.Exists(path))
                throw new ExperimentFileException(whole, "", "this is a folder", "name the experiment file in it");
            using FileStream stream = File.OpenRead(path);
            // Not FileStream.Length: a pipe or a device has none, and must not fill the memory either.
            byte[] buffer = new byte[LongestFile + 1];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            if (length > LongestFile)
                throw new ExperimentFileException(whole, "", $"the file is longer than {LongestFile} bytes", "an experiment file is a few dozen lines: is this the right one?");
            return buffer[..length];
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ExperimentFileException(whole, "", "there is no such file", NearestFile(path), exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ExperimentFileException(whole, "", $"the file cannot be read: {exception.Message}", null, exception);
        }
    }

    private static string NearestFile(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (folder is null || !Directory.Exists(folder))
            return "check the path";
        string[] files = [.. Directory.EnumerateFiles(folder, "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal).Take(1000)];
        return NearestName.Of(Path.GetFileName(path), files) is string near ? $"did you mean '{near}'?" : "check the path";
    }
}
