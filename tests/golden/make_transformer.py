"""Writes transformer.safetensors: one training step of small vision transformers, by PyTorch in float64 and float32, and resampled position embeddings.

The model is written out with timm's names: pre-norm blocks, exact GELU, a classifier on the class token after the final norm. The second case has prompts of its own for every
block and low-rank updates of the attention's linear layers. Values, images and labels are stored in float32; the logits, the loss and the gradient of every tensor in float64.

How far float32 is from that depends on the order of additions: a gradient that is a small difference of large ones comes out three times as well in one order as in another. So
float32 is run with the images in three orders, and for each result o the largest of their errors is stored: o.error32 = [root mean square, largest].
"""
import json
import math
import os

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

import keyed_random
import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
SEED, BATCH, SIDE, CLASSES = 20260102, 5, 12, 7
ORDERS = ((0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 3, 4, 0, 1))


class Linear(nn.Linear):
    """y = W x + b + (alpha / rank) B A x; without rank the plain layer."""

    def __init__(self, inputs, outputs, rank=0, alpha=1.0):
        super().__init__(inputs, outputs)
        self.factor = alpha / rank if rank else 0.0
        if rank:
            self.lora_a, self.lora_b = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs, bias=False)

    def forward(self, x):
        y = super().forward(x)
        return y + self.factor * self.lora_b(self.lora_a(x)) if self.factor else y


class Attention(nn.Module):
    def __init__(self, d, heads, rank, alpha):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = Linear(d, 3 * d, rank, alpha), Linear(d, d, rank, alpha)

    def forward(self, x):
        batch, tokens, d = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(batch, tokens, d))


class Block(nn.Module):
    def __init__(self, d, heads, rank, alpha):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d, eps=1e-6), nn.LayerNorm(d, eps=1e-6)
        self.attn = Attention(d, heads, rank, alpha)
        self.mlp = nn.Module()
        self.mlp.fc1, self.mlp.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp.fc2(F.gelu(self.mlp.fc1(self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, d, heads, depth, patch, prompts=0, rank=0, alpha=1.0):
        super().__init__()
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, d, patch, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, d))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (SIDE // patch) ** 2, d))
        self.count = prompts
        if prompts:
            self.prompts = nn.Parameter(torch.zeros(prompts, d))
        self.blocks = nn.ModuleList(Block(d, heads, rank, alpha) for _ in range(depth))
        for block in list(self.blocks)[1:] if prompts else []:
            block.prompts = nn.Parameter(torch.zeros(prompts, d))
        self.norm, self.head = nn.LayerNorm(d, eps=1e-6), nn.Linear(d, CLASSES)

    def forward(self, images):
        x = self.patch_embed.proj(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        for number, block in enumerate(self.blocks):
            if self.count:
                prompts = (block.prompts if number else self.prompts).expand(len(x), -1, -1)
                x = torch.cat([x[:, :1], prompts, x[:, 1 + (self.count if number else 0):]], 1)
            x = block(x)
        return self.head(self.norm(x)[:, 0])


def symmetric(shape, number, middle=0.0, bound=1.0):
    return keyed_random.symmetric(shape, middle, bound, SEED, "Synthetic", client=number)


def error(single, exact):
    difference = single.astype(numpy.float64) - exact
    return numpy.array([numpy.sqrt(numpy.mean(difference**2)), numpy.max(numpy.abs(difference))])


def step(name, arrays, metadata, **options):
    metadata[name] = json.dumps(options, sort_keys=True)
    images = symmetric((BATCH, 3, SIDE, SIDE), 1000, 0.0, 1.7)
    labels = (keyed_random.uniform(BATCH, SEED, "Synthetic", client=1001) * CLASSES).astype(numpy.int64)
    arrays[f"{name}.images"], arrays[f"{name}.labels"] = images, labels.astype(numpy.int32)
    exact = results(options, images, labels, ORDERS[0], torch.float64, arrays, name)
    singles = [results(options, images, labels, order, torch.float32, arrays, name) for order in ORDERS]
    for key, value in exact.items():
        arrays[f"{name}.{key}64"] = value
        arrays[f"{name}.{key}.error32"] = numpy.max([error(single[key], value) for single in singles], axis=0)


def results(options, images, labels, order, dtype, arrays, name):
    model = VisionTransformer(**options).to(dtype)
    for number, (parameter, tensor) in enumerate(model.named_parameters()):
        shape = tuple(tensor.shape)
        scale = "norm" in parameter and parameter.endswith(".weight")
        bound = 0.2 if len(shape) < 2 else math.sqrt(3.0 / numpy.prod(shape[1:])) if parameter.endswith(".weight") else 0.5
        arrays[f"{name}.{parameter}"] = symmetric(shape, number, 1.0 if scale else 0.0, bound)
        tensor.data = torch.tensor(arrays[f"{name}.{parameter}"], dtype=dtype)
    order = numpy.array(order)
    logits = model(torch.tensor(images[order], dtype=dtype))
    loss = F.cross_entropy(logits, torch.tensor(labels[order]))
    loss.backward()
    logits = logits.detach().numpy()[numpy.argsort(order)]
    return {"logits": logits, "loss": loss.detach().numpy().reshape(1), **{f"grad.{n}": p.grad.numpy() for n, p in model.named_parameters()}}


def resample(name, arrays, side, height, width, d=3):
    embeddings = symmetric((1, 1 + side * side, d), 2000 + side)
    grid = torch.tensor(embeddings[:, 1:], dtype=torch.float64).reshape(1, side, side, d).permute(0, 3, 1, 2)
    new = F.interpolate(grid, size=(height, width), mode="bicubic", align_corners=False, antialias=False)
    arrays[f"{name}.from"] = embeddings
    arrays[f"{name}.to64"] = numpy.concatenate([embeddings[:, :1].astype(numpy.float64), new.permute(0, 2, 3, 1).reshape(1, height * width, d).numpy()], 1)


def main():
    torch.set_num_threads(1)
    arrays, metadata = {}, {"made by": f"torch {torch.__version__}"}
    step("plain", arrays, metadata, d=24, heads=3, depth=2, patch=4)
    step("extras", arrays, metadata, d=16, heads=2, depth=2, patch=3, prompts=3, rank=2, alpha=5.0)
    resample("enlarge", arrays, 4, 7, 5)
    resample("reduce", arrays, 7, 4, 3)
    safetensors_file.write(os.path.join(HERE, "transformer.safetensors"), arrays, metadata)


if __name__ == "__main__":
    main()
