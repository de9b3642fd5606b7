"""Writes adapters of small PyTorch models with PEFT's own `save_pretrained`, for the same models built of tf.layers: their base weights,
inputs and outputs. Weights and images lie as PyTorch has them.
"""

import json

import torch
from goldens_common import fixtures, output_of, write_json
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from torch import nn

GENERATOR = torch.Generator().manual_seed(30)


def main():
    output = output_of(__doc__, fixtures("lora") / "layers")
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    vectors = torch.randn(5, 6, generator=GENERATOR)
    images = torch.randn(2, 3, 7, 5, generator=GENERATOR)
    words = torch.randint(0, 11, (2, 4), generator=GENERATOR)
    write(output / "linear", dense, vectors, r=3, lora_alpha=5, target_modules=["first", "second"])
    write(output / "rank-stabilized", dense, vectors, r=4, lora_alpha=5, use_rslora=True, target_modules=["first"])
    write(output / "patterns", dense, vectors, r=2, lora_alpha=4, target_modules=["first", "second"], rank_pattern={"second": 3}, alpha_pattern={"first": 9})
    write(output / "dora", dense, vectors, r=2, lora_alpha=4, use_dora=True, target_modules=["first", "second"])
    write(output / "whole-layer", dense, vectors, r=2, lora_alpha=4, target_modules=["first"], modules_to_save=["second"])
    write(output / "convolution", convolutions, images, r=3, lora_alpha=6, target_modules=["first", "second"])
    write(output / "convolution-dora", convolutions, images, r=2, lora_alpha=6, use_dora=True, target_modules=["first", "second"])
    write(output / "embedding", embedding, words, r=3, lora_alpha=5, target_modules=["words"])
    weighted(output / "weighted", dense, vectors)
    numbered_options = {"layers_to_transform": [0, 2], "layers_pattern": "layer"}
    write(output / "numbered", numbered, vectors, r=2, lora_alpha=4, target_modules=["dense"], **numbered_options)


def dense():
    return named(first=nn.Linear(6, 8), active=nn.ReLU(), second=nn.Linear(8, 4))


def convolutions():
    return named(first=nn.Conv2d(3, 4, 3, stride=2), active=nn.ReLU(), second=nn.Conv2d(4, 5, (1, 2)))


def embedding():
    return named(words=nn.Embedding(11, 6), first=nn.Linear(6, 4))


def numbered():
    layers = sequential(**{str(index): sequential(dense=nn.Linear(6, 6), active=nn.ReLU()) for index in range(3)})
    return named(encoder=sequential(layer=layers), dense=nn.Linear(6, 4))


def named(**parts):
    return randomized(sequential(**parts))


def sequential(**parts):
    model = nn.Sequential()
    for name, part in parts.items():
        model.add_module(name, part)
    return model


def randomized(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=GENERATOR))
    return model


def write(folder, build, inputs, **options):
    model = build()
    base = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    base_output = model(inputs).detach()
    adapted = get_peft_model(model, LoraConfig(**options))
    randomize_adapters(adapted)
    adapted.eval()
    adapted.save_pretrained(folder)
    tidy(folder)
    save(folder, base, inputs, base_output=base_output, output=adapted(inputs).detach())


def weighted(folder, build, inputs):
    """Two adapters, and what their weighted sum gives."""
    model = build()
    base = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    adapted = get_peft_model(model, LoraConfig(r=2, lora_alpha=3, target_modules=["first", "second"]), adapter_name="one")
    adapted.add_adapter("two", LoraConfig(r=3, lora_alpha=4, target_modules=["first", "second"]))
    randomize_adapters(adapted)
    adapted.save_pretrained(folder)
    for name in ["one", "two"]:
        tidy(folder / name)
    (folder / "README.md").unlink(missing_ok=True)
    adapted.add_weighted_adapter(["one", "two"], [0.7, 0.4], "sum", combination_type="cat")
    adapted.set_adapter("sum")
    adapted.eval()
    save(folder, base, inputs, output=adapted(inputs).detach())


def tidy(folder):
    """Without the model card, and with sorted target modules: PEFT writes them in random order."""
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    config["target_modules"] = sorted(config["target_modules"])
    write_json(path, config, indent=2, sort_keys=True)


def randomize_adapters(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_magnitude" in name:
                parameter.mul_(1 + 0.2 * torch.rand(parameter.shape, generator=GENERATOR))
            elif "lora_" in name or "modules_to_save" in name:
                parameter.copy_(0.4 * torch.randn(parameter.shape, generator=GENERATOR))


def save(folder, base, inputs, **outputs):
    tensors = {f"base.{name}": tensor for name, tensor in base.items()}
    inputs = inputs.int() if inputs.dtype == torch.int64 else inputs
    save_file({name: tensor.contiguous() for name, tensor in {**tensors, "input": inputs, **outputs}.items()}, folder / "goldens.safetensors")
    print(folder.name)


if __name__ == "__main__":
    main()
