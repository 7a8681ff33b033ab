#!/usr/bin/env python3
"""Clients of one round, one after the other, in bare PyTorch: the peer of `bench clients`.

Each client copies the global parameters, trains one epoch of SGD on its own images and adds its change to a sum: nothing else. One process.

Usage: /usr/bin/python3 bench/peers/clients.py --model cnn [--samples 50] [--batch 10] [--clients 20] [--threads 1] [--repeats 5] [--channels-last]
The last line of output is one JSON object; its figures are client-rounds a second, and a pass is one round over all clients.
"""
import peer
import torch
from torch.nn import functional


def main():
    parser = peer.parser("Clients of one round in bare PyTorch.", repeats=5)
    parser.add_argument("--samples", type=int, default=50, help="images of a client")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--clients", type=int, default=20, help="clients of a pass")
    parser.add_argument("--learning-rate", type=float, default=0.03)
    options = parser.parse_args()
    network, shape = peer.create(options)
    parameters = list(network.parameters())
    global_values = [parameter.detach().clone() for parameter in parameters]
    changes = [torch.zeros_like(value) for value in global_values]
    images = peer.arranged(torch.randn(options.clients * options.samples, *shape), options)
    labels = torch.randint(0, 10, (options.clients * options.samples,))

    def train(client):
        with torch.no_grad():
            for parameter, value in zip(parameters, global_values):
                parameter.copy_(value)
        for first in range(client * options.samples, (client + 1) * options.samples, options.batch):
            last = min(first + options.batch, (client + 1) * options.samples)
            for parameter in parameters:
                parameter.grad = None
            functional.cross_entropy(network(images[first:last]), labels[first:last]).backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter.add_(parameter.grad, alpha=-options.learning_rate)
        with torch.no_grad():
            for change, parameter, value in zip(changes, parameters, global_values):
                change.add_(parameter - value)

    def one_round():
        for client in range(options.clients):
            train(client)

    times = peer.measure(one_round, options.repeats)
    peer.report("clients", options, network, times, lambda seconds: options.clients / seconds, "client-rounds/s", samples=options.samples,
                batch=options.batch, clients=options.clients)


main()
