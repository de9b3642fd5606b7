"""Writes LoRA adapters with PEFT's own `save_pretrained`, and beside them what the adapted models compute.

The base models are the tiny checkpoints that `towers.py tiny` wrote. Each folder holds PEFT's two files, and goldens.safetensors with
`input`, `output` (last_hidden_state with the adapter) and `base_output` (without). Pixels are [B,H,W,3].
"""

import json

import torch
from goldens_common import fixtures, output_of, write_json
from lora_reference import open_tower, save_random_adapter
from peft import PeftModel
from safetensors.torch import load_file, save_file

VIT = "ViTModel", fixtures("vision-encoder") / "tiny-vit"
DINOV2 = "Dinov2Model", fixtures("vision-encoder") / "tiny-dinov2"
SWIGLU = "Dinov2Model", fixtures("vision-encoder") / "tiny-dinov2-swiglu"
BERT = "BertModel", fixtures("language-model") / "tiny-bert"
DECODERS = {
    "llama": (("LlamaModel", fixtures("language-model") / "tiny-llama"), ["q_proj", "v_proj"]),
    "qwen2": (("Qwen2Model", fixtures("language-model") / "tiny-qwen2"), [f"{name}_proj" for name in ["q", "k", "v", "o", "gate", "up", "down"]]),
    "gpt2": (("GPT2Model", fixtures("language-model") / "tiny-gpt2"), ["c_attn"]),
}


def main():
    output = output_of(__doc__, fixtures("lora"))
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    generator = torch.Generator().manual_seed(20)
    pixels = torch.randn(1, 3, 32, 32, generator=generator).permute(0, 2, 3, 1)
    small_pixels = torch.randn(1, 3, 28, 28, generator=generator).permute(0, 2, 3, 1)
    token_ids = torch.randint(5, 192, (2, 7), generator=generator)

    every_linear = ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2"]
    write(output / "vit", VIT, pixels, r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
    write(output / "vit-every-linear", VIT, pixels, r=2, lora_alpha=3, target_modules=[*every_linear, "dense"])
    write(output / "dinov2", DINOV2, small_pixels, r=3, lora_alpha=6, use_rslora=True, target_modules=every_linear)
    write(output / "dinov2-swiglu", SWIGLU, small_pixels, r=2, lora_alpha=5, target_modules="all-linear")
    write(output / "bert", BERT, token_ids, r=4, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "key", "value"])
    write(output / "bert-layers", BERT, token_ids, r=2, lora_alpha=6, target_modules=["query", "value"], layers_to_transform=[0, 2])
    for name, (base, targets) in DECODERS.items():
        fan_in_fan_out = {"fan_in_fan_out": True} if name == "gpt2" else {}
        write(output / name, base, token_ids, r=4, lora_alpha=16, target_modules=targets, **fan_in_fan_out)
    write_older_generation(output / "vit", output / "vit-transformers4")
    check_that_older_generation_is_refused(output / "vit-transformers4")


def write(folder, tower, inputs, **options):
    goldens = save_random_adapter(folder, open_tower(*tower), inputs, seed=21, scale=0.3, **options)
    (folder / "README.md").unlink()
    rewrite_config(folder, base_model_name_or_path=tower[1].name)
    change = (goldens["output"] - goldens["base_output"]).abs().max().item()
    print(f"{folder.name}: {len(load_file(folder / 'adapter_model.safetensors'))} tensors, change the output by {change:.2f}")


def write_older_generation(newer, older):
    """The same adapter under the names that ViTModel's modules had up to transformers 4, as PEFT then wrote them."""
    renamed_parts = {"attention.q_proj": "attention.attention.query", "attention.v_proj": "attention.attention.value"}

    def renamed(key):
        key = key.replace("base_model.model.layers.", "base_model.model.encoder.layer.")
        for new, old in renamed_parts.items():
            key = key.replace(f".{new}.lora_", f".{old}.lora_")
        return key

    older.mkdir(parents=True, exist_ok=True)
    weights = load_file(newer / "adapter_model.safetensors")
    save_file({renamed(key): tensor for key, tensor in weights.items()}, older / "adapter_model.safetensors", {"format": "pt"})
    (older / "adapter_config.json").write_text((newer / "adapter_config.json").read_text())
    rewrite_config(older, target_modules=["query", "value"], peft_version=None)


def check_that_older_generation_is_refused(folder):
    """What README.md says of today's PEFT; should this change, then the package could write one generation for all."""
    try:
        PeftModel.from_pretrained(open_tower(*VIT), folder)
    except ValueError as error:
        print(f"{folder.name}: refused by today's PEFT ({error})")
    else:
        print(f"{folder.name}: LOADED by today's PEFT")


def rewrite_config(folder, **changes):
    """The same JSON with a few values changed, and with sorted target modules: PEFT writes them in random order."""
    path = folder / "adapter_config.json"
    config = {**json.loads(path.read_text()), **changes}
    config["target_modules"] = sorted(config["target_modules"])
    if config.get("peft_version") is None:
        config.pop("peft_version", None)
    write_json(path, config, indent=2, sort_keys=True)


if __name__ == "__main__":
    main()
