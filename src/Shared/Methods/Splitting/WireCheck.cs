using Federated.Engine.Networks;
using Federated.Methods.Experiments;

namespace Federated.Methods.Splitting;

/// <summary>Refuses to leave out on the wire what somebody needs.</summary>
internal static class WireCheck
{
    /// <summary>Checks the program of an experiment.</summary>
    /// <exception cref="ExperimentException">Something that is left out is needed; the message names the key.</exception>
    public static void Require(ExperimentSpec experiment, SplitProgram program)
    {
        NetworkPlan head = program.Cut.Head;
        bool onlyPromptsTrain = program.InHead(program.ClientTrainable).Tensors.All(tensor => tensor == program.PromptTensor);
        if (program.Wire.ClassTokenOnly && program.LabelsAtServer)
            throw new ExperimentException("method.wire.classTokenOnly has no meaning where the server has the labels and the tail: nothing comes down between body and tail; remove it.");
        if (program.Wire.ClassTokenOnly && program.Cut.Tail.Parameters.BlockCount - program.Cut.Tail.Parameters.Tensors[0].Block > 1)
            throw new ExperimentException("method.wire.classTokenOnly needs method.cut.tailBlocks 0: the attention of a block in the tail looks at all tokens.");
        if (program.Wire.PromptGradientOnly && (program.PromptCount == 0 || !onlyPromptsTrain || program.InHead(program.ClientTrainable).IsEmpty || HasBlocks(head)))
            throw new ExperimentException("method.wire.promptGradientOnly needs input prompts that are all that trains in the head, and method.cut.headBlocks 0: any other gradient needs that of all tokens; remove it.");
        if (!program.Wire.Cached)
            return;
        AugmentationSpec augmentation = experiment.Data.Augmentation;
        if (!onlyPromptsTrain || HasBlocks(head) || head.HasDropout || augmentation.Crop > 0 || augmentation.Flip || augmentation.Cutout > 0)
        {
            throw new ExperimentException(
                "method.wire.cached needs a head in which nothing but prompts trains, method.cut.headBlocks 0, no dropout and no augmentation: else a sample's tokens differ from epoch to epoch; remove it or them.");
        }
    }

    private static bool HasBlocks(NetworkPlan head) => head.Parameters.BlockCount > 1;
}
