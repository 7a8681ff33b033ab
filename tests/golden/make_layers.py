"""Writes layers.safetensors: every layer type with its inputs, outputs and gradients, by PyTorch in float64.

PyTorch's float32 results are not stored but their distance from float64: for each output o, o.error32 = [root mean square, largest] of the
difference. The engine may be a small multiple as far away. The metadata holds one JSON description a case.
"""
import json
import os

import numpy
import torch
import torch.nn.functional as F

import keyed_random
import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20260101
arrays, cases = {}, {}


def values(shape, number, middle=0.0, bound=1.0):
    return keyed_random.symmetric(shape, middle, bound, SEED, "Synthetic", client=len(cases), step=number)


def case(name, description, inputs, function, density=1.0):
    """Runs function(inputs) in both precisions; function returns one output, whose gradient is drawn, and any number of further results."""
    number = len(cases)
    if density < 1:
        kept = keyed_random.uniform(inputs["weight"].size, SEED, "PruningScore", client=number) < density
        inputs["weight"] = inputs["weight"] * kept.reshape(inputs["weight"].shape).astype(numpy.float32)
    results = {}
    dy = None
    for dtype in (torch.float64, torch.float32):
        tensors = {k: torch.tensor(v, dtype=dtype, requires_grad=not k.startswith("running")) for k, v in inputs.items()}
        y, further = function(tensors)
        if dy is None:
            dy = values(tuple(y.shape), 99)
        y.backward(torch.tensor(dy, dtype=dtype))
        results[dtype] = {"y": y.detach().numpy(), **{f"d{k}": t.grad.numpy() for k, t in tensors.items() if t.grad is not None}, **{k: t.detach().numpy() for k, t in further.items()}}
    cases[name] = json.dumps({**description, "density": density}, sort_keys=True)
    for k, v in inputs.items():
        arrays[f"{name}.{k}"] = v
    arrays[f"{name}.dy"] = dy
    for k, exact in results[torch.float64].items():
        difference = results[torch.float32][k].astype(numpy.float64) - exact
        arrays[f"{name}.{k}64"] = exact
        arrays[f"{name}.{k}.error32"] = numpy.array([numpy.sqrt(numpy.mean(difference**2)), numpy.max(numpy.abs(difference))])


def convolution(name, batch, channels, height, width, outputs, kernel, stride=1, padding=0, groups=1, bias=False, density=1.0):
    inputs = {"x": values((batch, channels, height, width), 0), "weight": values((outputs, channels // groups, kernel, kernel), 1)}
    if bias:
        inputs["bias"] = values((outputs,), 2)
    description = {"kind": "convolution", "outputs": outputs, "kernel": kernel, "stride": stride, "padding": padding, "groups": groups}
    case(name, description, inputs, lambda t: (F.conv2d(t["x"], t["weight"], t.get("bias"), stride, padding, 1, groups), {}), density)


def linear(name, shape, outputs, bias=True, density=1.0):
    inputs = {"x": values(shape, 0), "weight": values((outputs, int(numpy.prod(shape[1:]))), 1)}
    if bias:
        inputs["bias"] = values((outputs,), 2)
    case(name, {"kind": "linear", "outputs": outputs}, inputs, lambda t: (F.linear(t["x"].flatten(1), t["weight"], t.get("bias")), {}), density)


def batch_norm(name, shape, train, relu=False, residual=False, middle=0.0):
    c = shape[1]
    inputs = {"x": values(shape, 0, middle), "scale": values((c,), 1, 1.0, 0.5), "shift": values((c,), 2), "running_mean": values((c,), 3, middle), "running_var": values((c,), 4, 1.0, 0.5)}
    if residual:
        inputs["residual"] = values(shape, 5)

    def function(t):
        mean, variance = t["running_mean"].clone(), t["running_var"].clone()
        y = F.batch_norm(t["x"], mean, variance, t["scale"], t["shift"], train, 0.1, 1e-5)
        if residual:
            y = y + t["residual"]
        if relu:
            y = F.relu(y)
        return y, {"mean": mean, "var": variance} if train else {}

    case(name, {"kind": "batch norm", "train": train, "relu": relu, "residual": residual}, inputs, function)


def group_norm(name, shape, groups):
    inputs = {"x": values(shape, 0, 0.5), "scale": values((shape[1],), 1, 1.0, 0.5), "shift": values((shape[1],), 2)}
    case(name, {"kind": "group norm", "groups": groups}, inputs, lambda t: (F.group_norm(t["x"], groups, t["scale"], t["shift"], 1e-5), {}))


def layer_norm(name, shape, middle=0.5):
    """Over the channels of each position; F.layer_norm takes the last dimension."""
    inputs = {"x": values(shape, 0, middle), "scale": values((shape[1],), 1, 1.0, 0.5), "shift": values((shape[1],), 2)}
    normalize = lambda t: F.layer_norm(t["x"].permute(0, 2, 3, 1), (shape[1],), t["scale"], t["shift"], 1e-6).permute(0, 3, 1, 2)
    case(name, {"kind": "layer norm"}, inputs, lambda t: (normalize(t), {}))


def gelu(name, shape, bound):
    case(name, {"kind": "gelu"}, {"x": values(shape, 0, 0.0, bound)}, lambda t: (F.gelu(t["x"]), {}))


def simple(name, description, shape, function):
    case(name, description, {"x": values(shape, 0)}, lambda t: (function(t["x"]), {}))


def attention(name, batch, heads, features, tokens, bound=1.0):
    def function(t):
        q, k, v = t["x"].reshape(batch, 3, heads, features, tokens).transpose(-1, -2).unbind(1)
        y = torch.softmax(q @ k.transpose(-1, -2) / features**0.5, -1) @ v
        return y.transpose(-1, -2).reshape(batch, heads * features, 1, tokens), {}

    case(name, {"kind": "attention", "heads": heads}, {"x": values((batch, 3 * heads * features, 1, tokens), 0, 0.0, bound)}, function)


def loss(name, batch, classes, smoothing):
    labels = (keyed_random.uniform(batch, SEED, "Synthetic", client=len(cases), step=7) * classes).astype(numpy.int64)
    arrays[f"{name}.labels"] = labels.astype(numpy.int32)
    inputs = {"x": values((batch, classes), 0, 0.0, 5.0)}
    case(name, {"kind": "loss", "smoothing": smoothing}, inputs, lambda t: (F.cross_entropy(t["x"], torch.tensor(labels), label_smoothing=smoothing).reshape(1), {}))


def optimizer(name, description, make, steps=10, count=37):
    """Starts from `start`, takes `steps` steps with the rows of `gradients`; `values64` are the values after each step."""
    start, gradients = values((count,), 0), values((steps, count), 1)
    results = {}
    for dtype in (torch.float64, torch.float32):
        w = torch.tensor(start, dtype=dtype, requires_grad=True)
        o = make([w])
        rows = []
        for g in gradients:
            w.grad = torch.tensor(g, dtype=dtype)
            o.step()
            rows.append(w.detach().numpy().copy())
        results[dtype] = numpy.stack(rows)
    cases[name] = json.dumps({"kind": "optimizer", **description}, sort_keys=True)
    difference = results[torch.float32].astype(numpy.float64) - results[torch.float64]
    arrays[f"{name}.start"], arrays[f"{name}.gradients"], arrays[f"{name}.values64"] = start, gradients, results[torch.float64]
    arrays[f"{name}.values.error32"] = numpy.array([numpy.sqrt(numpy.mean(difference**2)), numpy.max(numpy.abs(difference))])


def main():
    torch.set_num_threads(1)
    convolution("conv3", 5, 6, 8, 8, 8, 3, 1, 1)
    convolution("conv3 at 30 %", 16, 8, 8, 8, 16, 3, 1, 1, density=0.3)
    convolution("conv3 at 2 %", 19, 16, 6, 6, 16, 3, 1, 1, density=0.02)
    convolution("conv3 stride 2", 16, 6, 9, 7, 10, 3, 2, 1)
    convolution("conv3 stride 2 at 30 %", 5, 6, 8, 8, 10, 3, 2, 1, density=0.3)
    convolution("conv1", 5, 7, 5, 5, 9, 1)
    convolution("conv1 stride 2 at 30 %", 19, 8, 7, 8, 10, 1, 2, density=0.3)
    convolution("conv5 with bias", 5, 3, 9, 8, 6, 5, 1, 2, bias=True)
    convolution("conv7 stride 2", 2, 3, 18, 18, 8, 7, 2, 3, bias=True)
    convolution("conv without padding", 5, 3, 8, 8, 6, 5, bias=True)
    convolution("conv on one pixel", 19, 12, 1, 1, 14, 3, 1, 1, density=0.5)
    convolution("conv on 2x2", 16, 12, 2, 2, 14, 3, 1, 1, bias=True, density=0.3)
    convolution("depthwise conv3", 5, 8, 7, 7, 8, 3, 1, 1, groups=8)
    convolution("grouped conv3 stride 2 at 50 %", 5, 8, 8, 8, 12, 3, 2, 1, groups=2, bias=True, density=0.5)
    linear("linear", (19, 40), 10)
    linear("linear on a map at 30 %", (5, 4, 3, 3), 17, bias=False, density=0.3)
    linear("linear at 2 %", (16, 128), 64, density=0.02)
    batch_norm("batch norm", (5, 6, 5, 5), True)
    batch_norm("batch norm far from zero", (19, 4, 4, 4), True, middle=50.0)
    batch_norm("batch norm of features", (16, 7, 1, 1), True)
    batch_norm("batch norm with relu", (16, 4, 4, 4), True, relu=True)
    batch_norm("batch norm with residual and relu", (5, 6, 5, 5), True, relu=True, residual=True)
    batch_norm("batch norm in evaluation", (5, 6, 5, 5), False, relu=True)
    group_norm("group norm", (5, 6, 5, 5), 2)
    group_norm("group norm, one group", (19, 6, 4, 4), 1)
    simple("relu", {"kind": "relu"}, (5, 4, 5, 5), F.relu)
    simple("max pool 2", {"kind": "max pool", "kernel": 2, "stride": 2, "padding": 0}, (5, 4, 7, 6), lambda x: F.max_pool2d(x, 2))
    simple("max pool 3 stride 2", {"kind": "max pool", "kernel": 3, "stride": 2, "padding": 1}, (5, 4, 9, 8), lambda x: F.max_pool2d(x, 3, 2, 1))
    simple("average pool 2", {"kind": "average pool", "kernel": 2, "stride": 2}, (5, 4, 7, 6), lambda x: F.avg_pool2d(x, 2))
    simple("average pool 3 stride 1", {"kind": "average pool", "kernel": 3, "stride": 1}, (5, 4, 7, 6), lambda x: F.avg_pool2d(x, 3, 1))
    simple("adaptive average pool", {"kind": "adaptive average pool", "height": 3, "width": 2}, (5, 4, 7, 5), lambda x: F.adaptive_avg_pool2d(x, (3, 2)))
    simple("adaptive average pool, larger", {"kind": "adaptive average pool", "height": 7, "width": 7}, (5, 4, 2, 3), lambda x: F.adaptive_avg_pool2d(x, (7, 7)))
    simple("global average pool", {"kind": "adaptive average pool", "height": 1, "width": 1}, (19, 9, 4, 4), lambda x: F.adaptive_avg_pool2d(x, 1))
    loss("cross-entropy", 19, 10, 0.0)
    loss("cross-entropy, smoothed", 16, 100, 0.1)
    optimizer("sgd", {"rate": 0.1, "momentum": 0, "decay": 0}, lambda p: torch.optim.SGD(p, 0.1))
    optimizer("sgd with momentum and decay", {"rate": 0.1, "momentum": 0.9, "decay": 5e-4}, lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=5e-4))
    optimizer("sgd of Nesterov", {"rate": 0.1, "momentum": 0.9, "decay": 5e-4, "nesterov": True}, lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=5e-4, nesterov=True))
    optimizer("adam", {"rate": 0.01, "decay": 0.01}, lambda p: torch.optim.Adam(p, 0.01, weight_decay=0.01))
    optimizer("adamw", {"rate": 0.01, "decay": 0.01, "decoupled": True}, lambda p: torch.optim.AdamW(p, 0.01, weight_decay=0.01))
    attention("attention", 5, 2, 8, 17)
    attention("attention with large scores", 19, 1, 6, 7, bound=8.0)
    layer_norm("layer norm", (17, 36, 1, 18))
    layer_norm("layer norm of a map", (5, 6, 3, 4))
    layer_norm("layer norm far from zero", (16, 12, 1, 5), middle=50.0)
    gelu("gelu", (5, 8, 3, 4), 3.0)
    gelu("gelu of large values", (19, 8, 3, 4), 20.0)
    safetensors_file.write(os.path.join(HERE, "layers.safetensors"), arrays, {**cases, "made by": f"torch {torch.__version__}"})


if __name__ == "__main__":
    main()
