"""Adapters on transformers' towers by PEFT. Pixels are [B,H,W,3], as files hold them."""

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402
import transformers  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

transformers.utils.logging.disable_progress_bar()


def open_tower(model_class, checkpoint):
    return getattr(transformers, model_class).from_pretrained(checkpoint, attn_implementation="eager").eval()


def forward(model, inputs):
    with torch.no_grad():
        return model(inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs.long()).last_hidden_state


def save_random_adapter(folder, base, inputs, seed, scale, **options):
    """An adapter with random A and B, by PEFT's own `save_pretrained`, and beside it goldens.safetensors with `input`, `output`
    (last_hidden_state with the adapter) and `base_output` (without). Returns those."""
    base_output = forward(base, inputs)
    model = get_peft_model(base, LoraConfig(**options)).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    goldens = {
        "input": inputs if inputs.ndim == 4 else inputs.to(torch.int32),
        "output": forward(model, inputs),
        "base_output": base_output,
    }
    model.save_pretrained(folder)
    save_file({name: tensor.contiguous() for name, tensor in goldens.items()}, folder / "goldens.safetensors")
    reloaded = PeftModel.from_pretrained(open_tower(type(base).__name__, base.config.name_or_path), folder).eval()
    if not torch.equal(forward(reloaded, inputs), goldens["output"]):
        raise RuntimeError(f"PEFT computes something else with {folder} than with what was saved.")
    return goldens
