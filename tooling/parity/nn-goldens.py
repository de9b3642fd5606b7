"""Writes what PyTorch computes for the modules of packages/nn: one JSON file per module in packages/nn/fixtures; see module_cases.py."""

import math

import torch
from goldens_common import fixtures, output_of
from module_cases import module_case, normal, on_channels_last, random, randomized, rounded, write_cases, written_state_dict
from torch import nn
from torch.nn import functional
from transformers.activations import ACT2FN


def main():
    output = output_of(__doc__, fixtures("nn"))
    files = {
        "linear": linear_cases,
        "layer-norm": layer_norm_cases,
        "embedding": embedding_cases,
        "multi-head-attention": attention_cases,
        "conv2d": conv2d_cases,
        "batch-norm2d": batch_norm_cases,
        "activations": activation_cases,
        "bilinear-upsampling": upsampling_cases,
        "bilinear-downsampling": downsampling_cases,
    }
    write_cases({output / f"{name}.json": make_cases for name, make_cases in files.items()}, first_seed=1000)


def linear_cases():
    cases = []
    for name, shape, bias in [
        ("2-D input with bias", (5, 6), True),
        ("2-D input without bias", (5, 6), False),
        ("3-D input with bias", (2, 3, 6), True),
        ("3-D input without bias", (2, 3, 6), False),
    ]:
        linear = randomized(nn.Linear(6, 4, bias=bias))
        options = {"inFeatures": 6, "outFeatures": 4, "bias": bias}
        cases.append(module_case(name, options, linear, {"x": normal(shape)}, linear))
    return cases


def layer_norm_cases():
    cases = []
    for name, epsilon, scale in [
        ("epsilon 1e-12", 1e-12, 1),
        ("epsilon 1e-6", 1e-6, 1),
        # The variance of these inputs is about 1e-6: a wrong epsilon shows.
        ("epsilon 1e-12 on a small input", 1e-12, 1e-3),
        ("epsilon 1e-6 on a small input", 1e-6, 1e-3),
        ("epsilon 1e-3 on a large input with a large mean", 1e-3, 20),
    ]:
        layer_norm = randomized(nn.LayerNorm(8, eps=epsilon))
        x = rounded(torch.randn(2, 3, 8, generator=random) * scale + (10 * scale if scale > 1 else 0), digits=4)
        cases.append(module_case(name, {"features": 8, "epsilon": epsilon}, layer_norm, {"x": x}, layer_norm))
    return cases


def embedding_cases():
    embedding = randomized(nn.Embedding(7, 4))
    indices = torch.tensor([[0, 6, 3], [3, 3, 1]])
    options = {"count": 7, "features": 4}
    return [
        module_case("indices that repeat and some that are absent", options, embedding, {"indices": indices}, embedding)
    ]


class MultiHeadAttention(nn.Module):
    """Attention from its formula, with one Linear for each projection; see check_attention."""

    def __init__(self, embed_dim, head_count, bias=True):
        super().__init__()
        self.head_count = head_count
        self.head_dim = embed_dim // head_count
        self.query = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.key = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.value = nn.Linear(embed_dim, embed_dim, bias=bias)
        self.output = nn.Linear(embed_dim, embed_dim)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        query, key, value = self.split(self.query(x)), self.split(self.key(context)), self.split(self.value(context))
        scores = query @ key.transpose(-1, -2) / math.sqrt(self.head_dim)
        if mask is not None:
            scores = scores + mask
        attended = scores.softmax(-1) @ value
        return self.output(attended.transpose(1, 2).flatten(2))

    def split(self, x):
        return x.unflatten(-1, (self.head_count, self.head_dim)).transpose(1, 2)


def attention_cases():
    padding = torch.zeros(2, 1, 1, 5)
    padding[1, 0, 0, 3:] = -1e9
    cases = []
    for name, options, lengths, mask in [
        ("self-attention", {"embedDim": 8, "headCount": 2}, (5, None), None),
        (
            "self-attention without projection biases",
            {"embedDim": 8, "headCount": 2, "bias": False},
            (5, None),
            None,
        ),
        ("cross-attention", {"embedDim": 8, "headCount": 2}, (3, 6), None),
        ("self-attention with padding [B,1,1,K]", {"embedDim": 8, "headCount": 2}, (5, None), padding),
        ("cross-attention with padding [B,1,1,K]", {"embedDim": 8, "headCount": 4}, (3, 5), padding),
        ("self-attention with a mask [Q,K]", {"embedDim": 8, "headCount": 2}, (5, None), normal((5, 5))),
        (
            "self-attention with a mask [B,heads,Q,K]",
            {"embedDim": 8, "headCount": 2},
            (5, None),
            normal((2, 2, 5, 5)),
        ),
    ]:
        module = randomized(
            MultiHeadAttention(options["embedDim"], options["headCount"], options.get("bias", True))
        )
        query_length, context_length = lengths
        inputs = {"x": normal((2, query_length, options["embedDim"]))}
        if context_length:
            inputs["context"] = normal((2, context_length, options["embedDim"]))
        constants = {} if mask is None else {"mask": mask}
        check_attention(module, inputs, mask)
        cases.append(module_case(name, options, module, inputs, module, constants))
    return cases


def check_attention(module, inputs, mask):
    """Compares with torch.nn.MultiheadAttention."""
    reference = nn.MultiheadAttention(module.query.in_features, module.head_count, batch_first=True)
    projections = [module.query, module.key, module.value]
    with torch.no_grad():
        reference.in_proj_weight.copy_(torch.cat([projection.weight for projection in projections]))
        reference.in_proj_bias.zero_()
        if module.query.bias is not None:
            reference.in_proj_bias.copy_(torch.cat([projection.bias for projection in projections]))
        reference.out_proj.load_state_dict(module.output.state_dict())
        x, context = inputs["x"], inputs.get("context", inputs["x"])
        full_mask = None
        if mask is not None:
            full_mask = mask.expand(x.shape[0], module.head_count, x.shape[1], context.shape[1]).flatten(0, 1)
        expected, _ = reference(x, context, context, attn_mask=full_mask, need_weights=False)
        torch.testing.assert_close(module(x, context, mask), expected)


def conv2d_cases():
    cases = []
    for name, size, options in [
        ("kernel 3, padding 1", (5, 6), {"kernelSize": 3, "padding": 1}),
        ("kernel 3, no padding, no bias", (5, 6), {"kernelSize": 3, "bias": False}),
        ("kernel 3, stride 2, padding 1", (6, 7), {"kernelSize": 3, "stride": 2, "padding": 1}),
        ("kernel 2, stride 2, a row and a column left over", (5, 7), {"kernelSize": 2, "stride": 2}),
        ("patch embedding: kernel 4, stride 4", (8, 12), {"kernelSize": 4, "stride": 4}),
        ("kernel 1", (3, 4), {"kernelSize": 1}),
        ("kernel 3×5, padding 1", (5, 6), {"kernelSize": [3, 5], "padding": 1}),
    ]:
        options = {"inChannels": 3, "outChannels": 4, **options}
        conv2d = randomized(
            nn.Conv2d(
                3,
                4,
                options["kernelSize"],
                stride=options.get("stride", 1),
                padding=options.get("padding", 0),
                bias=options.get("bias", True),
            )
        )
        inputs = {"x": normal((2, *size, 3))}
        cases.append(module_case(name, options, conv2d, inputs, on_channels_last(conv2d)))
    return cases


def batch_norm_cases():
    cases = []
    for name, epsilon, momentum in [
        ("training, two batches", 1e-5, 0.1),
        ("training, epsilon 1e-3, momentum 0.3", 1e-3, 0.3),
    ]:
        batch_norm = randomized(nn.BatchNorm2d(3, eps=epsilon, momentum=momentum)).train()
        options = {"channels": 3, "epsilon": epsilon, "momentum": momentum}
        state_dict = written_state_dict(batch_norm)
        steps = []
        for shape in [(2, 3, 4, 3), (3, 2, 2, 3)]:
            inputs = {"x": rounded(normal(shape) * 2 + 1)}
            step = module_case(None, None, batch_norm, inputs, on_channels_last(batch_norm))
            del step["name"], step["options"], step["stateDict"]
            step["stateDictAfter"] = written_state_dict(batch_norm)
            steps.append(step)
        cases.append({"name": name, "training": True, "options": options, "stateDict": state_dict, "steps": steps})

    batch_norm = randomized(nn.BatchNorm2d(3)).eval()
    case = module_case(
        "evaluation",
        {"channels": 3, "epsilon": 1e-5, "momentum": 0.1},
        batch_norm,
        {"x": normal((2, 3, 4, 3))},
        on_channels_last(batch_norm),
    )
    cases.append({"name": case.pop("name"), "training": False, **case})
    return cases


def activation_cases():
    extremes = [-1e4, -100, -40, -20, -10, -8, -6, -5.5, -5, -4.5, -4, -3.5, -3, -2.5, -2, -1.5, -1]
    extremes += [-0.75, -0.5, -0.1, -1e-3]
    ladder = torch.tensor([*extremes, *(-x for x in reversed(extremes))])
    names = ["gelu", "gelu_python", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "quick_gelu", "relu", "silu", "swish", "tanh", "sigmoid"]
    # Without 0, where ReLU has no derivative.
    return [module_case(name, {"name": name}, None, {"x": rounded(ladder)}, ACT2FN[name]) for name in names]


def upsampling_cases():
    cases = []
    for name, size, new_size in [
        ("twice the size", (3, 4), (6, 8)),
        ("to another size", (4, 3), (7, 5)),
        ("from one row", (1, 3), (2, 6)),
    ]:

        def upsample(x):
            return functional.interpolate(x, size=new_size, mode="bilinear")

        x = normal((1, *size, 2))
        cases.append(module_case(name, {"size": list(new_size)}, None, {"x": x}, on_channels_last(upsample)))
    return cases


def downsampling_cases():
    cases = []
    for antialias in [True, False]:
        for name, size, new_size in [
            ("by whole numbers", (6, 8), (3, 2)),
            ("by other ratios, one axis grows", (7, 4), (3, 5)),
        ]:
            options = {"size": list(new_size), "antialias": antialias}

            def downsample(x):
                return functional.interpolate(
                    x, size=new_size, mode="bilinear", align_corners=False, antialias=antialias
                )

            title = f"{name}, antialias {str(antialias).lower()}"
            cases.append(module_case(title, options, None, {"x": normal((2, *size, 2))}, on_channels_last(downsample)))
    return cases


if __name__ == "__main__":
    main()
