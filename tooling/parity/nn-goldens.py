"""Writes what PyTorch computes for the modules of packages/nn: one JSON file per module in packages/nn/fixtures.

Every file holds cases with the module's options, inputs, state dict (PyTorch's names and layouts), output, loss and
the gradient of the loss with respect to every input and parameter. The loss is sum(output * lossWeights). A tensor is
written as its shape and its values, row-major. Images have their channels last ([B,H,W,C]); convolution weights stay
[out,in,height,width].

Inputs and parameters are numbers of at most five digits, taken as the nearest float32; everything else is computed in
float64 and written with seven significant digits, so what a float32 implementation differs by is its own rounding.
"""

import argparse
import json
import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

DEFAULT_OUTPUT = Path(__file__).resolve().parents[2] / "packages" / "nn" / "fixtures"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT, help="folder to write to (default: %(default)s)")
    output = parser.parse_args().output
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_default_dtype(torch.float64)

    output.mkdir(parents=True, exist_ok=True)
    files = {
        "linear": linear_cases,
        "layer-norm": layer_norm_cases,
        "embedding": embedding_cases,
        "multi-head-attention": attention_cases,
        "conv2d": conv2d_cases,
        "batch-norm2d": batch_norm_cases,
        "gelu": gelu_cases,
        "bilinear-upsampling": upsampling_cases,
        "bilinear-downsampling": downsampling_cases,
    }
    for seed, (name, make_cases) in enumerate(files.items()):
        random.manual_seed(1000 + seed)
        goldens = {"writtenBy": f"PyTorch {torch.__version__.split('+')[0]}", "cases": make_cases()}
        write_json(output / f"{name}.json", goldens)
        print(f"{name}.json: {', '.join(case['name'] for case in goldens['cases'])}")


random = torch.Generator()


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


def gelu_cases():
    extremes = [-1e4, -100, -40, -20, -10, -8, -6, -5.5, -5, -4.5, -4, -3.5, -3, -2.5, -2, -1.5, -1]
    extremes += [-0.75, -0.5, -0.1, -1e-3]
    ladder = torch.tensor([*extremes, 0, *(-x for x in reversed(extremes))])
    return [
        module_case("values from -1e4 to 1e4", {}, None, {"x": rounded(ladder)}, functional.gelu),
        module_case("normal values", {}, None, {"x": rounded(normal((3, 20)) * 2)}, functional.gelu),
    ]


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


def module_case(name, options, module, inputs, function, constants=None):
    """Runs function(inputs, constants), the loss and its gradients, and gathers all of it for a JSON file."""
    constants = constants or {}
    state_dict = written_state_dict(module) if module else None
    leaves = {key: x.requires_grad_(x.is_floating_point()) for key, x in inputs.items()}
    output = function(*leaves.values(), **constants)
    loss_weights = normal(output.shape)
    loss = (output * loss_weights).sum()
    parameters = dict(module.named_parameters()) if module else {}
    sources = {**{key: x for key, x in leaves.items() if x.requires_grad}, **parameters}
    gradients = dict(zip(sources, torch.autograd.grad(loss, list(sources.values()))))
    case = {"name": name, "options": options, "inputs": {key: written(x) for key, x in {**inputs, **constants}.items()}}
    if module:
        case["stateDict"] = state_dict
    case["lossWeights"] = written(loss_weights)
    case["output"] = written(output)
    case["loss"] = number(loss.item())
    case["inputGradients"] = {key: written(gradients[key]) for key in leaves if key in gradients}
    if module:
        case["parameterGradients"] = {key: written(gradients[key]) for key in parameters}
    return case


def on_channels_last(function):
    """A function of images [B,C,H,W] as one of images [B,H,W,C]."""
    return lambda x: function(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def randomized(module):
    """Random parameters and buffers that all matter: scales around 1, biases that are not zero."""
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name == "num_batches_tracked":
                continue
            if name == "running_var":
                value = 0.5 + torch.rand(tensor.shape, generator=random) * 2
            elif isinstance(module, (nn.LayerNorm, nn.BatchNorm2d)) and name == "weight":
                value = 1 + 0.3 * torch.randn(tensor.shape, generator=random)
            else:
                fan_in = max(1, tensor[0].numel()) if tensor.dim() > 1 and not isinstance(module, nn.Embedding) else 1
                value = torch.randn(tensor.shape, generator=random) / math.sqrt(fan_in)
            tensor.copy_(rounded(value))
    return module


def normal(shape):
    return rounded(torch.randn(shape, generator=random))


def rounded(x, digits=None):
    """Few decimals, so that files are small, taken as the nearest float32, which is what a reader gets."""
    decimals = [f"{value:.4g}" if digits else f"{value:.3f}" for value in x.flatten().tolist()]
    values = torch.tensor([float(value) for value in decimals]).reshape(x.shape)
    return values.to(torch.float32).to(torch.float64)


def written_state_dict(module):
    return {name: written(tensor) for name, tensor in module.state_dict().items()}


def written(tensor):
    if tensor.is_floating_point():
        return {"shape": list(tensor.shape), "values": [number(value) for value in tensor.flatten().tolist()]}
    return {"shape": list(tensor.shape), "dtype": "int32", "values": tensor.flatten().tolist()}


def number(value):
    """Seven significant digits; whole numbers without a point."""
    short = float(f"{value:.7g}")
    return int(short) if short == int(short) else short


def write_json(path, content):
    """One line for each tensor: small, and a difference in version control still reads well."""
    text = "\n".join(lines(content, ""))
    temporary = path.with_suffix(".json.part")
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)


def lines(value, indent):
    flat = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(value, (dict, list)) or (isinstance(value, dict) and "values" in value) or len(flat) <= 100:
        return [flat]
    inner = indent + " "
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    blocks = []
    for key, item in items:
        first, *rest = lines(item, inner)
        head = "" if key is None else f"{json.dumps(key, ensure_ascii=False)}: "
        blocks.append("\n".join([f"{inner}{head}{first}", *rest]))
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return [opening, ",\n".join(blocks), f"{indent}{closing}"]


if __name__ == "__main__":
    main()
