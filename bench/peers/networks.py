"""The networks of the peers: layer for layer those of Federated's model catalog, so that both sides train the same number of parameters."""
import torch
from torch import nn
from torch.nn import functional


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut (He et al. 2016); where the shape changes, the shortcut is a 1x1 convolution."""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample = None
        if stride != 1 or channels_in != channels_out:
            self.downsample = nn.Sequential(nn.Conv2d(channels_in, channels_out, 1, stride, bias=False), nn.BatchNorm2d(channels_out))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        y = functional.relu(self.bn1(self.conv1(x)), inplace=True)
        return functional.relu(self.bn2(self.conv2(y)) + shortcut, inplace=True)


def resnet_18(classes=10):
    """ResNet-18 for small images: a 3x3 stem without pooling."""
    layers = [nn.Conv2d(3, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True)]
    channels = 64
    for width, stride in ((64, 1), (128, 2), (256, 2), (512, 2)):
        layers += [BasicBlock(channels, width, stride), BasicBlock(width, width, 1)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))


def vgg_11(classes=10):
    """VGG-11 with batch normalisation and one linear layer of 512 inputs as its head (Simonyan and Zisserman 2015)."""
    layers = []
    channels = 3
    for width, convolutions in ((64, 1), (128, 1), (256, 2), (512, 2), (512, 2)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(channels, width, 3, 1, 1), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
            channels = width
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, classes))


def mobilenet_v1(classes=10):
    """MobileNet v1 for small images (Howard et al. 2017): stride 1 in the stem and the first pair, so that 32x32 pixels end as 2x2."""
    def unit(channels_in, channels_out, kernel, stride, groups):
        return [nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(channels_out),
                nn.ReLU(inplace=True)]

    layers = unit(3, 32, 3, 1, 1)
    channels = 32
    for width, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)):
        layers += unit(channels, channels, 3, stride, channels) + unit(channels, width, 1, 1, 1)
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1024, classes))


def cnn(classes=10):
    """The network that federated benchmarks train on CIFAR-10: two 3x3 convolutions without padding, a pool, 128 hidden units, dropout."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.ReLU(inplace=True), nn.Conv2d(32, 64, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(),
        nn.Linear(12544, 128), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(128, classes))


def lenet_5(classes=10):
    """LeNet-5 (LeCun et al. 1998) with ReLU and max-pooling, on 1x28x28 images padded by two."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, 1, 2), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(inplace=True), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(inplace=True), nn.Linear(120, 84), nn.ReLU(inplace=True), nn.Linear(84, classes))


def logistic_regression(classes=10):
    """One linear layer on 1x28x28 pixels."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, classes))


class Attention(nn.Module):
    """Multi-head attention with one product for queries, keys and values (Vaswani et al. 2017)."""

    def __init__(self, features, heads):
        super().__init__()
        self.heads, self.scale = heads, (features // heads) ** -0.5
        self.qkv = nn.Linear(features, 3 * features)
        self.proj = nn.Linear(features, features)

    def forward(self, x):
        batch, tokens, features = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, features // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        scores = (q * self.scale) @ k.transpose(-2, -1)
        return self.proj((scores.softmax(dim=-1) @ v).transpose(1, 2).reshape(batch, tokens, features))


class TransformerBlock(nn.Module):
    """Attention and an MLP of four times the features, each behind a layer norm and beside a shortcut."""

    def __init__(self, features, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(features, eps=1e-6), Attention(features, heads)
        self.norm2, self.mlp = nn.LayerNorm(features, eps=1e-6), nn.Sequential(nn.Linear(features, 4 * features), nn.GELU(), nn.Linear(4 * features, features))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Vision transformer with a class token and learned positions (Dosovitskiy et al. 2021)."""

    def __init__(self, size, patch, features, depth, heads, classes):
        super().__init__()
        self.patches = nn.Conv2d(3, features, patch, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, features))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 1 + (size // patch) ** 2, features))
        self.blocks = nn.Sequential(*[TransformerBlock(features, heads) for _ in range(depth)])
        self.norm, self.head = nn.LayerNorm(features, eps=1e-6), nn.Linear(features, classes)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1) + self.pos_embed
        return self.head(self.norm(self.blocks(x))[:, 0])


def vit_tiny(classes=10):
    """ViT-tiny with patches of 16x16 on 224x224 pixels: 197 tokens of 192 features, 12 blocks, 3 heads."""
    return VisionTransformer(224, 16, 192, 12, 3, classes)


# Name in Federated's catalog: the network and the shape of its images.
NETWORKS = {
    "resnet-18": (resnet_18, (3, 32, 32)),
    "vgg-11": (vgg_11, (3, 32, 32)),
    "mobilenet-v1": (mobilenet_v1, (3, 32, 32)),
    "cnn": (cnn, (3, 32, 32)),
    "lenet-5": (lenet_5, (1, 28, 28)),
    "logistic-regression": (logistic_regression, (1, 28, 28)),
    "vit-tiny": (vit_tiny, (3, 224, 224)),
}
