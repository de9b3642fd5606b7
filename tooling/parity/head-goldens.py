"""Writes what PyTorch computes for packages/reprogramming and packages/adaptation-head: one JSON file in the fixtures of each.

The modules below are written from the formulas of LLM-MDE (II-A and II-C), in PyTorch's own layers, and at tiny sizes. The files are
those of nn-goldens.py, which says what is in them.
"""

import argparse
import importlib
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

goldens = importlib.import_module("nn-goldens")
PACKAGES = Path(__file__).resolve().parents[2] / "packages"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packages", type=Path, default=PACKAGES, help="folder of the packages (default: %(default)s)")
    packages = parser.parse_args().packages
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_default_dtype(torch.float64)
    for seed, (name, make_cases) in enumerate({"reprogramming": reprogramming_cases, "adaptation-head": head_cases}.items()):
        goldens.random.manual_seed(2000 + seed)
        content = {"writtenBy": f"PyTorch {torch.__version__.split('+')[0]}", "cases": make_cases()}
        folder = packages / name / "fixtures"
        folder.mkdir(parents=True, exist_ok=True)
        goldens.write_json(folder / f"{name}.json", content)
        print(f"{name}.json: {', '.join(case['name'] for case in content['cases'])}")


class Reprogramming(nn.Module):
    """Prototypes as a Linear along the vocabulary; attention of patches to prototypes, with torch's scaled_dot_product_attention."""

    def __init__(self, vision, language, vocabulary, prototypes, heads, head_features):
        super().__init__()
        self.heads = heads
        width = heads * head_features
        self.mapping_layer = nn.Linear(vocabulary, prototypes)
        self.query_projection = nn.Linear(vision, width)
        self.key_projection = nn.Linear(language, width)
        self.value_projection = nn.Linear(language, width)
        self.out_projection = nn.Linear(width, language)

    def forward(self, patches, words):
        prototypes = self.mapping_layer(words.T).T.expand(patches.shape[0], -1, -1)
        attended = functional.scaled_dot_product_attention(
            self.split(self.query_projection(patches)),
            self.split(self.key_projection(prototypes)),
            self.split(self.value_projection(prototypes)),
        )
        return self.out_projection(attended.transpose(1, 2).flatten(2))

    def split(self, x):
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def reprogramming_cases():
    cases = []
    for name, options in [
        ("heads as wide as the language model allows", {"visionFeatures": 6, "languageFeatures": 8, "headCount": 2}),
        ("a width that the heads do not divide", {"visionFeatures": 8, "languageFeatures": 7, "headCount": 3}),
        ("wider heads", {"visionFeatures": 6, "languageFeatures": 4, "headCount": 2, "headFeatures": 5}),
    ]:
        options = {**options, "vocabularySize": 11, "prototypeCount": 5}
        language, heads = options["languageFeatures"], options["headCount"]
        head_features = options.get("headFeatures", language // heads)
        module = randomized(Reprogramming(options["visionFeatures"], language, 11, 5, heads, head_features))
        patches = goldens.normal((2, 3, options["visionFeatures"]))
        constants = {"words": goldens.normal((11, language))}
        cases.append(goldens.module_case(name, options, module, {"patches": patches}, module, constants))
    return cases


class UpsampleBN(nn.Module):
    def __init__(self, channels, out_channels, image_channels, options):
        super().__init__()
        self.options = options
        entering = channels + image_channels
        self.conv1 = nn.Conv2d(entering, out_channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.shortcut = nn.Identity() if entering == out_channels else nn.Conv2d(entering, out_channels, 1, bias=False)

    def forward(self, x, image=None):
        size = (2 * x.shape[2], 2 * x.shape[3])
        x = functional.interpolate(x, size=size, mode="bilinear", align_corners=False)
        if image is not None:
            small = functional.interpolate(image, size=size, mode="bilinear", align_corners=False, antialias=True)
            x = torch.cat([x, small], dim=1)
        y = functional.leaky_relu(self.bn1(self.conv1(x)))
        y = functional.leaky_relu(self.bn2(self.conv2(y)))
        return y + self.shortcut(x)


class AdaptationHead(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.options = options
        widths = [options["projectedChannels"], *options["channels"]]
        image_channels = 3 if options.get("imageSkip") else 0
        self.linear = nn.Linear(options["inFeatures"], widths[0])
        self.stages = nn.ModuleList(UpsampleBN(*pair, image_channels, options) for pair in zip(widths, widths[1:]))
        self.output = nn.Conv2d(widths[-1], 1, 3, padding=1)

    def forward(self, tokens, image=None, rows=None, columns=None, size=None):
        x = self.linear(tokens).unflatten(1, (rows, columns)).permute(0, 3, 1, 2)
        if image is not None:
            image = image.permute(0, 3, 1, 2)
        for stage in self.stages:
            x = stage(x, image)
        depth = self.options.get("maximumDepth", 10) * torch.sigmoid(self.output(x))
        if size:
            depth = functional.interpolate(depth, size=size, mode="bilinear", align_corners=False)
        return depth.squeeze(1)


def head_cases():
    base = {"inFeatures": 5, "projectedChannels": 4}
    cases = []
    for name, training, options, size in [
        ("three stages, evaluation", False, {**base, "channels": [3, 2, 2]}, None),
        ("three stages, training", True, {**base, "channels": [3, 2, 2]}, None),
        ("image skip", True, {**base, "channels": [3, 5], "imageSkip": True}, [10, 15]),
    ]:
        head = randomized(AdaptationHead(options)).train(training)
        inputs = {"tokens": goldens.normal((2, 6, 5))}
        if options.get("imageSkip"):
            inputs["image"] = goldens.normal((2, 10, 15, 3))

        def forward(tokens, image=None):
            return head(tokens, image, rows=2, columns=3, size=size)

        case = goldens.module_case(name, options, head, inputs, forward)
        case["training"] = training
        case["options"] = {**options, "outputSize": size}
        if training:
            after = goldens.written_state_dict(head)
            case["stateDictAfter"] = {key: after[key] for key, _ in head.named_buffers()}
        cases.append(case)
    return cases


def randomized(module):
    for part in module.modules():
        if not list(part.children()):
            goldens.randomized(part)
    return module


if __name__ == "__main__":
    main()
