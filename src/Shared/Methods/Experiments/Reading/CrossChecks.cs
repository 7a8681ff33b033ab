using Federated.Engine.Models;
using Federated.Methods.Pretraining;

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
        Checks checks = new(vocabulary, positionOf);
        checks.CheckData(spec.Data);
        checks.CheckModel(spec.Model);
        for (int i = 0; i < spec.Clients.Devices.Length; i++)
            checks.KnownName(spec.Clients.Devices[i].Profile, $"clients.devices.{i}.profile", "device profile", vocabulary.Devices);

        ClientsSpec clients = spec.Clients;
        if (clients.PerRound > clients.Count)
            throw checks.Problem("clients.perRound", $"{clients.PerRound} clients per round are more than the {clients.Count} there are", "choose fewer, or 0 for all");

        LearningRateSpec rate = spec.Training.LearningRate;
        if (rate.Final > rate.Initial)
            throw checks.Problem("training.learningRate.final", $"the final rate {rate.Final} is above the initial rate {rate.Initial}", "a cosine falls: choose a smaller final rate");
        checks.CheckOptimizer(spec.Training.Optimizer);
    }

    /// <summary>Checks a pre-training.</summary>
    /// <param name="spec">The pre-training.</param>
    /// <param name="vocabulary">The names it may use.</param>
    /// <param name="positionOf">Where a key's value was given.</param>
    /// <exception cref="ExperimentFileException">Something does not fit.</exception>
    public static void Check(PretrainSpec spec, ExperimentVocabulary vocabulary, Func<string, SourcePosition> positionOf)
    {
        Checks checks = new(vocabulary, positionOf);
        checks.CheckData(spec.Data);
        checks.CheckModel(spec.Model);
        checks.CheckOptimizer(spec.Training.Optimizer);
        WarmupCosineSpec rate = spec.Training.LearningRate;
        if (rate.Final > rate.Peak)
            throw checks.Problem("training.learningRate.final", $"the final rate {rate.Final} is above the peak {rate.Peak}", "a cosine falls: choose a smaller final rate");
        if (rate.WarmupEpochs > spec.Training.Epochs)
            throw checks.Problem("training.learningRate.warmupEpochs", $"{rate.WarmupEpochs} epochs of warm-up are more than the {spec.Training.Epochs} there are", "choose fewer");
    }

    private sealed class Checks(ExperimentVocabulary vocabulary, Func<string, SourcePosition> positionOf)
    {
        public void CheckData(DataSpec data)
        {
            KnownName(data.Set, "data.set", "data set", [.. vocabulary.DataSets.Keys]);
            int side = vocabulary.DataSets[data.Set];
            int padded = data.PadTo == 0 ? side : data.PadTo;
            if (padded < side)
                throw Problem("data.padTo", $"images of {data.Set} are {side} pixels wide and do not fit into {padded}", $"choose at least {side}, or 0 to leave them");
            if (data.Augmentation.Cutout > padded)
                throw Problem("data.augmentation.cutout", $"a hole of {data.Augmentation.Cutout} pixels is larger than the image of {padded}", $"choose at most {padded}, or 0 for none");
        }

        public void CheckModel(ModelSpec model)
        {
            KnownName(model.Name, "model.name", "model", vocabulary.Models);
            if (!ModelCatalog.IsTransformer(model.Name))
                return;
            if (model.Width != 1)
                throw Problem("model.width", $"a width of {model.Width} has no meaning for {model.Name}", "remove it, or choose vit and its dimension");
            if (model.Dimension % model.Heads != 0)
                throw Problem("model.heads", $"{model.Heads} heads do not divide the dimension of {model.Dimension}", "choose a divisor");
        }

        public void CheckOptimizer(OptimizerSpec optimizer)
        {
            if (optimizer is { Kind: "sgd", Nesterov: true, Momentum: 0 })
                throw Problem("training.optimizer.nesterov", "Nesterov's form needs a momentum above 0", "set momentum, or remove nesterov");
        }

        public void KnownName(string name, string path, string what, IReadOnlyCollection<string> known)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                throw Problem(path, $"there is no {what} '{name}'", NearestName.Remedy(name, known));
        }

        public ExperimentFileException Problem(string path, string problem, string remedy) => new(positionOf(path), path, problem, remedy);
    }
}
