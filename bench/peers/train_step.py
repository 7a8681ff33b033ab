#!/usr/bin/env python3
"""One dense training step in PyTorch, the peer of `bench train-step`: forward pass, loss, backward pass, SGD with momentum and weight decay.

Usage: /usr/bin/python3 bench/peers/train_step.py --model resnet-18 [--batch 64] [--threads 1] [--repeats 8] [--channels-last]
The last line of output is one JSON object; times are milliseconds.
"""
import peer
import torch
from torch.nn import functional


def main():
    parser = peer.parser("One dense training step in PyTorch.", repeats=8)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()
    network, shape = peer.create(options)
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    images = peer.arranged(torch.randn(options.batch, *shape), options)
    labels = torch.randint(0, 10, (options.batch,))

    def step():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    times = peer.measure(step, options.repeats)
    peer.report("train-step", options, network, times, lambda seconds: 1e3 * seconds, "ms", batch=options.batch, density=1)


main()
