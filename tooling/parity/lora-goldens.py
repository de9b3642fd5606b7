"""Writes LoRA adapters with PEFT's own `save_pretrained`, and beside them what the adapted models compute.

    python lora-goldens.py [--output FOLDER]     by default the committed fixtures of packages/lora

The base models are the tiny checkpoints that `towers.py tiny` wrote. Each folder holds PEFT's two files, and goldens.safetensors with
`input`, `output` (last_hidden_state with the adapter) and `base_output` (without). Pixels are [B,H,W,3].
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402
import transformers  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402
from transformers import BertModel, Dinov2Model, ViTModel  # noqa: E402

PACKAGES = Path(__file__).resolve().parents[2] / "packages"
VIT = PACKAGES / "vision-encoder" / "fixtures" / "tiny-vit"
DINOV2 = PACKAGES / "vision-encoder" / "fixtures" / "tiny-dinov2"
BERT = PACKAGES / "language-model" / "fixtures" / "tiny-bert"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=PACKAGES / "lora" / "fixtures")
    output = parser.parse_args().output
    transformers.utils.logging.disable_progress_bar()
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)

    generator = torch.Generator().manual_seed(20)
    pixels = torch.randn(1, 3, 32, 32, generator=generator)
    small_pixels = torch.randn(1, 3, 28, 28, generator=generator)
    token_ids = torch.randint(5, 192, (2, 7), generator=generator)

    every_linear = ["q_proj", "k_proj", "v_proj", "o_proj", "fc1", "fc2"]
    write(output / "vit", ViTModel, VIT, pixels, r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
    write(output / "vit-every-linear", ViTModel, VIT, pixels, r=2, lora_alpha=3, target_modules=[*every_linear, "dense"])
    write(
        output / "dinov2",
        Dinov2Model,
        DINOV2,
        small_pixels,
        r=3,
        lora_alpha=6,
        use_rslora=True,
        target_modules=every_linear,
    )
    write(output / "bert", BertModel, BERT, token_ids, r=4, lora_alpha=16, lora_dropout=0.1, target_modules=["query", "key", "value"])
    write_older_generation(output / "vit", output / "vit-transformers4")
    check_that_older_generation_is_refused(output / "vit-transformers4")


def write(folder, model_class, checkpoint, inputs, **options):
    """A PEFT adapter with random A and B on the checkpoint, and the outputs with and without it."""
    base = model_class.from_pretrained(checkpoint, attn_implementation="eager").eval()
    with torch.no_grad():
        base_output = base(inputs).last_hidden_state
    model = get_peft_model(base, LoraConfig(**options)).eval()
    generator = torch.Generator().manual_seed(21)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
        output = model(inputs).last_hidden_state
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "README.md").unlink()
    rewrite_config(folder, base_model_name_or_path=checkpoint.name)
    pixels = inputs.ndim == 4
    goldens = {
        "input": inputs.permute(0, 2, 3, 1) if pixels else inputs.to(torch.int32),
        "output": output,
        "base_output": base_output,
    }
    save_file({name: tensor.contiguous() for name, tensor in goldens.items()}, folder / "goldens.safetensors")

    reloaded = PeftModel.from_pretrained(model_class.from_pretrained(checkpoint, attn_implementation="eager"), folder).eval()
    with torch.no_grad():
        if not torch.equal(reloaded(inputs).last_hidden_state, output):
            raise RuntimeError(f"PEFT computes something else with {folder} than with what was saved.")
    change = (output - base_output).abs().max().item()
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
        PeftModel.from_pretrained(ViTModel.from_pretrained(VIT), folder)
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
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
