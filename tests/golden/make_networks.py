"""Writes networks.safetensors: twenty steps of SGD of a sparse ResNet-18 and VGG-11 at full width, by PyTorch in float64 and float32.

Nothing large is stored. Weights, mask, images and labels come from keyed random numbers on both sides:
    value of tensor t:  middle + bound·(2u − 1), u = stream (seed, Initialization, client t);
                        weights 0 ± sqrt(6 / fan-in), biases 0 ± 0.1, scales 1 ± 0.2, shifts 0 ± 0.1
    kept:               stream (seed, PruningScore, client t) below the tensor's density (first and last layer: 0.5)
    image i of batch b: 1.7·(2u − 1), stream (seed, Synthetic, client i, step b); labels: 10u, stream (seed, Synthetic, client 1000, step b)
where t is the position of the tensor's name in the metadata. Dead weights get no gradient and no decay. Stored in float64 are the losses before each
step (the first three also by themselves), the logits and gradients of the first, and weights and running statistics after the last; gradients and weights
at evenly spaced kept coordinates.

How far float32 is from that depends on luck: a ReLU whose input is within rounding of zero is a coin toss that changes gradients by a part in a
thousand. So float32 is run in four ways that differ in nothing but the order of additions (VARIANTS), and for each result o the largest of their errors is
stored: o.error32 = [root mean square, largest].
"""
import json
import os
import sys

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

import keyed_random
import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH, BATCHES, MOMENTUM, DECAY, SAMPLES = 20, 8, 4, 0.9, 5e-4, 48


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for stage, outputs in enumerate((64, 128, 256, 512), 1):
            setattr(self, f"layer{stage}", nn.Sequential(Block(inputs, outputs, 1 if stage == 1 else 2), Block(outputs, outputs, 1)))
            inputs = outputs
        self.fc = nn.Linear(512, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Vgg11(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = [], 3
        for outputs in (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool"):
            if outputs == "pool":
                layers.append(nn.MaxPool2d(2))
            else:
                layers += [nn.Conv2d(inputs, outputs, 3, 1, 1), nn.BatchNorm2d(outputs), nn.ReLU()]
                inputs = outputs
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(512, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


def initialize(model, density, seed):
    """Fills the parameters; returns names and, for each, the kept coordinates as a 0/1 array or None."""
    names = [name for name, _ in model.named_parameters()]
    prunable = [name for name, p in model.named_parameters() if p.dim() >= 2]
    norms = {name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d)}
    masks = {}
    for t, (name, parameter) in enumerate(model.named_parameters()):
        shape = tuple(parameter.shape)
        middle, bound = 0.0, 0.1
        if len(shape) >= 2:
            bound = float(numpy.sqrt(6.0 / numpy.prod(shape[1:])))
        elif name.endswith(".weight") and name[: -len(".weight")] in norms:
            middle, bound = 1.0, 0.2
        value = keyed_random.symmetric(shape, middle, bound, seed, "Initialization", client=t)
        masks[name] = None
        if name in prunable:
            share = 0.5 if name in (prunable[0], prunable[-1]) else density
            masks[name] = (keyed_random.uniform(value.size, seed, "PruningScore", client=t) < share).reshape(shape)
            value = value * masks[name]
        parameter.data = torch.tensor(value, dtype=parameter.dtype)
    return names, masks


def batch(number, seed):
    images = numpy.stack([keyed_random.symmetric((3, 32, 32), 0.0, 1.7, seed, "Synthetic", client=i, step=number) for i in range(BATCH)])
    labels = (keyed_random.uniform(BATCH, seed, "Synthetic", client=1000, step=number) * 10).astype(numpy.int64)
    return images, labels


def samples(mask, parameter):
    kept = numpy.flatnonzero(mask) if mask is not None else numpy.arange(parameter.numel())
    return kept[numpy.unique(numpy.linspace(0, len(kept) - 1, min(SAMPLES, len(kept))).astype(int))]


def run(model, density, seed, rate, dtype, order, onednn):
    torch.backends.mkldnn.enabled = onednn
    model = model.to(dtype)
    names, masks = initialize(model, density, seed)
    parameters = dict(model.named_parameters())
    at = {name: samples(masks[name], p) for name, p in parameters.items()}
    pick = lambda source: numpy.concatenate([source(p).detach().numpy().reshape(-1)[at[n]] for n, p in parameters.items()])
    optimizer = torch.optim.SGD(model.parameters(), lr=rate, momentum=MOMENTUM, weight_decay=DECAY)
    keep = {name: torch.tensor(mask, dtype=dtype) for name, mask in masks.items() if mask is not None}
    results = {"losses": []}
    for step in range(STEPS):
        images, labels = (array[order].copy() for array in batch(step % BATCHES, seed))
        optimizer.zero_grad()
        logits = model(torch.tensor(images, dtype=dtype))
        loss = F.cross_entropy(logits, torch.tensor(labels))
        loss.backward()
        for name, mask in keep.items():
            parameters[name].grad *= mask
        if step == 0:
            results["logits"] = logits.detach().numpy()[order].copy()
            results["gradients"] = pick(lambda p: p.grad)
        results["losses"].append(loss.item())
        optimizer.step()
    results["losses"] = numpy.array(results["losses"])
    results["first_losses"] = results["losses"][:3]
    results["weights"] = pick(lambda p: p)
    statistics = [(n, b) for n, b in model.named_buffers() if not n.endswith("num_batches_tracked")]
    results["statistics"] = numpy.concatenate([b.numpy().reshape(-1)[:: max(1, b.numel() // 16)] for _, b in statistics])
    description = {
        "parameters": [{"name": n, "shape": list(p.shape), "samples": len(at[n])} for n, p in parameters.items()],
        "statistics": [n for n, _ in statistics],
        "density": density, "seed": seed, "steps": STEPS, "batch": BATCH, "batches": BATCHES, "rate": rate, "momentum": MOMENTUM, "decay": DECAY,
    }
    return description, numpy.concatenate(list(at.values())).astype(numpy.int32), results


# ResNet-18 applies 4.4 million ReLUs in a step; its seed was chosen so that in the first step none is within 1e-6 of zero, which makes the comparison of
# gradients sharp. The rates are low, so that later tosses do not grow into chaos.
MODELS = (("resnet-18", ResNet18, 0.05, 23, 0.002), ("vgg-11", Vgg11, 0.02, 7, 0.002))
FORWARDS, BACKWARDS, HALVES_SWAPPED = slice(None), slice(None, None, -1), numpy.roll(numpy.arange(BATCH), BATCH // 2)
# Order of the images in a batch (a permutation that is its own inverse), and whether oneDNN's kernels are used. (The layout channels_last is seven times less accurate: no yardstick.)
VARIANTS = (
    (FORWARDS, True),
    (BACKWARDS, True),
    (FORWARDS, False),
    (HALVES_SWAPPED, True),  # VGG-11 has one coin toss in its fourth step; this order comes out on the other side of it.
)


def main():
    torch.set_num_threads(1)
    arrays, metadata = {}, {"made by": f"torch {torch.__version__}"}
    for name, make, density, seed, rate in MODELS:
        description, at, exact = run(make(), density, seed, rate, torch.float64, *VARIANTS[0])
        metadata[name] = json.dumps(description, sort_keys=True)
        arrays[f"{name}.samples"] = at
        errors = {result: [] for result in exact}
        for variant in VARIANTS:
            _, _, results = run(make(), density, seed, rate, torch.float32, *variant)
            for result, values in results.items():
                difference = values.astype(numpy.float64) - exact[result]
                errors[result].append((numpy.sqrt(numpy.mean(difference**2)), numpy.max(numpy.abs(difference))))
        for result, values in exact.items():
            arrays[f"{name}.{result}64"] = values
            arrays[f"{name}.{result}.error32"] = numpy.max(numpy.array(errors[result]), axis=0)
            print(name, result, "errors of float32:", ", ".join(f"{e[0]:.1e}" for e in errors[result]), file=sys.stderr)
    safetensors_file.write(os.path.join(HERE, "networks.safetensors"), arrays, metadata)


if __name__ == "__main__":
    main()
