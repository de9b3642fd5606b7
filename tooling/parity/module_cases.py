"""Cases of a PyTorch module for a JSON file: its options, inputs, state dict (PyTorch's names and layouts), output, loss and the gradient of
the loss with respect to every input and parameter. The loss is sum(output * lossWeights). A tensor is written as its shape and its values,
row-major. Images have their channels last ([B,H,W,C]); convolution weights stay [out,in,height,width].

Inputs and parameters are numbers of at most five digits, taken as the nearest float32; everything else is computed in float64 and written
with seven significant digits, so what a float32 implementation differs by is its own rounding.
"""

import json
import math

import torch
from torch import nn

random = torch.Generator()


def write_cases(files, first_seed):
    """Writes a JSON file for each path of `files`, with the cases that its function makes."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.set_default_dtype(torch.float64)
    for seed, (path, make_cases) in enumerate(files.items()):
        random.manual_seed(first_seed + seed)
        content = {"writtenBy": f"PyTorch {torch.__version__.split('+')[0]}", "cases": make_cases()}
        path.parent.mkdir(parents=True, exist_ok=True)
        # One line for each tensor: small, and a difference in version control still reads well.
        path.write_text("\n".join(lines(content, "")) + "\n", encoding="utf-8")
        print(f"{path.name}: {', '.join(case['name'] for case in content['cases'])}")


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
