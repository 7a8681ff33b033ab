using System.Collections.Immutable;

namespace Federated.Methods.Data;

/// <summary>
/// The data sets this program knows. Means and deviations are exact sums over the published training images, rounded once to a float;
/// they are used only when the content read is the published one (compared by SHA-256), and computed otherwise.
/// </summary>
public sealed class DataSetCatalog
{
    private static readonly ImmutableArray<string> IdxFiles =
        ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

    private DataSetCatalog()
    {
    }

    /// <summary>All sets, by name.</summary>
    public static IReadOnlyList<DataSetInfo> All { get; } =
    [
        new("cifar-10", "CIFAR-10: 32×32 colour photographs of 10 kinds of things (Krizhevsky 2009)", DataFormat.Cifar10, 3, 32, 32, DataClassNames.Cifar10, 50_000, 10_000)
        {
            Files = ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"],
            Subfolders = ["cifar-10-batches-bin"],
            Mean = [0.491399679f, 0.482158408f, 0.446530914f],
            Deviation = [0.247032232f, 0.243485128f, 0.261587842f],
            Sha256 = "013ba16d14ecc4829da62bf2af648ca30f600491ecb3e7f329c827db0dd17522",
            Downloads = [new(new("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"), "cifar-10-binary.tar.gz", "md5:c32a1d4ab5d03f1284b67883e8d87530")],
        },
        new("cifar-100", "CIFAR-100: 32×32 colour photographs of 100 kinds of things in 20 groups (Krizhevsky 2009)", DataFormat.Cifar100, 3, 32, 32, DataClassNames.Cifar100, 50_000, 10_000)
        {
            Files = ["train.bin", "test.bin"],
            Subfolders = ["cifar-100-binary"],
            Mean = [0.507075159f, 0.486548873f, 0.440917843f],
            Deviation = [0.267334286f, 0.256438463f, 0.276150471f],
            Sha256 = "77e2de35489d148b4822768381106640981552dfaad79ff5f0adad1e0820b874",
            Downloads = [new(new("https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"), "cifar-100-binary.tar.gz", "md5:03b5dce01913d631647c71ecec9e9cb8")],
        },
        new("fashion-mnist", "Fashion-MNIST: 28×28 grey images of 10 kinds of clothing (Xiao, Rasul and Vollgraf 2017)", DataFormat.Idx, 1, 28, 28, DataClassNames.FashionMnist, 60_000, 10_000)
        {
            Files = IdxFiles,
            Subfolders = ["FashionMNIST/raw"],
            Mean = [0.286040597f],
            Deviation = [0.353024244f],
            Sha256 = "14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214",
            DebianPackage = "dataset-fashion-mnist",
            Downloads = IdxDownloads(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
        },
        new("mnist", "MNIST: 28×28 grey images of handwritten digits (LeCun, Cortes and Burges)", DataFormat.Idx, 1, 28, 28, DataClassNames.Digits, 60_000, 10_000)
        {
            Files = IdxFiles,
            Subfolders = ["MNIST/raw"],
            Downloads = IdxDownloads(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        },
        new("synthetic", "Generated images of noisy class prototypes; needs no files", DataFormat.Synthetic, 1, 28, 28, DataClassNames.Numbered(10), 6_000, 1_000),
    ];

    /// <summary>The set of that name (case does not matter).</summary>
    /// <exception cref="DataException">There is none; the message lists the names.</exception>
    public static DataSetInfo Find(string name) =>
        All.FirstOrDefault(info => string.Equals(info.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new DataException($"there is no data set '{name}'; choose one of {string.Join(", ", All.Select(info => info.Name))}");

    private static ImmutableArray<RemoteFile> IdxDownloads(string root, params string[] sha256) =>
        [.. IdxFiles.Select((file, i) => new RemoteFile(new(root + file + ".gz"), file + ".gz", "sha256:" + sha256[i]))];
}
