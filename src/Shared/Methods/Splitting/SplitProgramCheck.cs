using Federated.Engine.Networks;
using Federated.Methods.DataPruning;
using Federated.Methods.Experiments;

namespace Federated.Methods.Splitting;

/// <summary>Refuses programs that leave out on the wire, or look at on the client, what is not there.</summary>
internal static class SplitProgramCheck
{
    /// <summary>Checks the program of an experiment.</summary>
    /// <exception cref="ExperimentException">Something that is left out is needed; the message names the key.</exception>
    public static void Require(ExperimentSpec experiment, SplitProgram program)
    {
        NetworkPlan head = program.Cut.Head;
        if (program.ClientTrainable.IsEmpty)
            throw new ExperimentException($"Nothing of the clients' part of {program.Cut.Whole.Name} trains with {experiment.Method.Name}'s options; leave the labels with the clients, or give the head blocks by method.cut.headBlocks.");
        bool onlyPromptsTrain = program.InHead(program.ClientTrainable).Tensors.All(tensor => tensor == program.PromptTensor);
        bool usesShortcut = program.SelfUpdateEpochs > 0 || program.LocalLoss || (experiment.Training.DataPruning.NeedsScan && !program.LabelsAtServer);
        if (usesShortcut && !program.Cut.HasShortcut)
            throw new ExperimentException($"Updates without the server and choices by a model's outputs feed the head straight into the tail, but in {program.Cut.Whole.Name} their shapes differ; choose a vision transformer.");
        if (program.LabelsAtServer && (experiment.Training.DataPruning.NeedsScan || experiment.Training.DataPruning.NeedsLosses))
            throw new ExperimentException($"training.dataPruning '{experiment.Training.DataPruning.Kind}' looks at what the model says of a sample, but the tail is the server's; choose none, random or rs2, or leave the labels with the clients.");
        if (program.Wire.ClassTokenOnly && program.LabelsAtServer)
            throw new ExperimentException("method.wire.classTokenOnly has no meaning where the server has the labels and the tail: nothing comes down between body and tail; remove it.");
        if (program.Wire.ClassTokenOnly && program.Cut.Tail.Parameters.BlockCount - program.Cut.Tail.Parameters.Tensors[0].Block > 1)
            throw new ExperimentException("method.wire.classTokenOnly needs method.cut.tailBlocks 0: the attention of a block in the tail looks at all tokens.");
        if (program.Wire.PromptGradientOnly && (program.PromptCount == 0 || !onlyPromptsTrain || program.InHead(program.ClientTrainable).IsEmpty || HasBlocks(head)))
            throw new ExperimentException("method.wire.promptGradientOnly needs input prompts that are all that trains in the head, and method.cut.headBlocks 0: any other gradient needs that of all tokens; remove it.");
        if (!program.Wire.Cached)
            return;
        if (!program.Compression.IsLossless)
            throw new ExperimentException("method.wire.cached and method.compression do not go together: what is kept must be what the head gave; remove one of them.");
        if (experiment.Training.DataPruning.Kind is DataPruningSpec.Rs2 or DataPruningSpec.InfoBatch or DataPruningSpec.SlidingWindow)
            throw new ExperimentException($"method.wire.cached and training.dataPruning '{experiment.Training.DataPruning.Kind}' do not go together: samples that change from epoch to epoch are not known to the server; remove one of them.");
        AugmentationSpec augmentation = experiment.Data.Augmentation;
        if (!onlyPromptsTrain || HasBlocks(head) || head.HasDropout || augmentation.Crop > 0 || augmentation.Flip || augmentation.Cutout > 0)
        {
            throw new ExperimentException(
                "method.wire.cached needs a head in which nothing but prompts trains, method.cut.headBlocks 0, no dropout and no augmentation: else a sample's tokens differ from epoch to epoch; remove it or them.");
        }
    }

    private static bool HasBlocks(NetworkPlan head) => head.Parameters.BlockCount > 1;
}
