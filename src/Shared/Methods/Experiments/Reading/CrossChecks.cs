using Federated.Engine.Models;

namespace Federated.Methods.Experiments.Reading;

/// <summary>What no single key can tell: whether the values fit each other and the catalogues.</summary>
internal static class CrossChecks
{
    /// <summary>Checks an experiment.</summary>
    /// <param name="spec">The experiment.</param>
    /// <param name="vocabulary">The names it may use.</param>
    /// <param name="positionOf">Where a key's value was given.</param>
    /// <exception cref="ExperimentFileException">Something does not fit.</exception>
    public static void Check(ExperimentSpec spec, ExperimentVocabulary vocabulary, Func<string, SourcePosition> positionOf)
    {
        KnownName(spec.Data.Set, "data.set", "data set", [.. vocabulary.DataSets.Keys]);
        KnownName(spec.Model.Name, "model.name", "model", vocabulary.Models);
        for (int i = 0; i < spec.Clients.Devices.Length; i++)
            KnownName(spec.Clients.Devices[i].Profile, $"clients.devices.{i}.profile", "device profile", vocabulary.Devices);

        ClientsSpec clients = spec.Clients;
        if (clients.PerRound > clients.Count)
            throw Problem("clients.perRound", $"{clients.PerRound} clients per round are more than the {clients.Count} there are", "choose fewer, or 0 for all");

        int side = vocabulary.DataSets[spec.Data.Set];
        int padded = spec.Data.PadTo == 0 ? side : spec.Data.PadTo;
        if (padded < side)
            throw Problem("data.padTo", $"images of {spec.Data.Set} are {side} pixels wide and do not fit into {padded}", $"choose at least {side}, or 0 to leave them");
        if (spec.Data.Augmentation.Cutout > padded)
            throw Problem("data.augmentation.cutout", $"a hole of {spec.Data.Augmentation.Cutout} pixels is larger than the image of {padded}", $"choose at most {padded}, or 0 for none");

        if (ModelCatalog.IsTransformer(spec.Model.Name))
            CheckTransformer(spec.Model);

        LearningRateSpec rate = spec.Training.LearningRate;
        if (rate.Final > rate.Initial)
            throw Problem("training.learningRate.final", $"the final rate {rate.Final} is above the initial rate {rate.Initial}", "a cosine falls: choose a smaller final rate");
        if (spec.Training.Optimizer is { Kind: "sgd", Nesterov: true, Momentum: 0 })
            throw Problem("training.optimizer.nesterov", "Nesterov's form needs a momentum above 0", "set momentum, or remove nesterov");

        void CheckTransformer(ModelSpec model)
        {
            if (model.Width != 1)
                throw Problem("model.width", $"a width of {model.Width} has no meaning for {model.Name}", "remove it, or choose vit and its dimension");
            if (model.Dimension % model.Heads != 0)
                throw Problem("model.heads", $"{model.Heads} heads do not divide the dimension of {model.Dimension}", "choose a divisor");
        }

        void KnownName(string name, string path, string what, IReadOnlyCollection<string> known)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                throw Problem(path, $"there is no {what} '{name}'", NearestName.Remedy(name, known));
        }

        ExperimentFileException Problem(string path, string problem, string remedy) => new(positionOf(path), path, problem, remedy);
    }
}
