"""The Python half of lora-interchange.mjs: loads the adapters that it saved with `PeftModel.from_pretrained`, compares the outputs with
those that it computed, and saves adapters of its own for it to load.

    python lora-interchange.py FOLDER
"""

import json
import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402
import transformers  # noqa: E402
from peft import LoraConfig, PeftModel, get_peft_model  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402


def main():
    folder = Path(sys.argv[1])
    transformers.utils.logging.disable_progress_bar()
    # A key that PEFT misses is only a warning there.
    warnings.filterwarnings("error", message=".*(missing|unexpected) adapter keys.*")
    results = []
    for case in json.loads((folder / "cases.json").read_text()):
        goldens = load_file(Path(case["folder"]) / "goldens.safetensors")
        with torch.no_grad():
            model = PeftModel.from_pretrained(open_tower(case), case["folder"]).eval()
            output = forward(model, goldens["input"])
            error = (output - goldens["output"]).abs().max().item()
        results.append(
            {
                "tower": case["tower"],
                "direction": "here → PEFT",
                "adapter": case["adapter"],
                "error": error,
                "change": case["change"],
            }
        )
        if case.get("peftFolder"):
            save_adapter(case, goldens["input"])
    (folder / "results.json").write_text(json.dumps(results))


def save_adapter(case, inputs):
    targets = ["query", "key", "value"] if case["tower"] == "bert" else ["q_proj", "v_proj"]
    base = open_tower(case)
    with torch.no_grad():
        base_output = forward(base, inputs)
        model = get_peft_model(base, LoraConfig(r=8, lora_alpha=16, lora_dropout=0.1, target_modules=targets)).eval()
        generator = torch.Generator().manual_seed(6)
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) / base.config.hidden_size**0.5 / 2)
        output = forward(model, inputs)
    model.save_pretrained(case["peftFolder"])
    goldens = {"input": inputs, "output": output.contiguous(), "base_output": base_output.contiguous()}
    save_file(goldens, Path(case["peftFolder"]) / "goldens.safetensors")


def open_tower(case):
    return getattr(transformers, case["modelClass"]).from_pretrained(case["checkpoint"], attn_implementation="eager").eval()


def forward(model, inputs):
    """Pixels are [B,H,W,3] in the file."""
    inputs = inputs.permute(0, 3, 1, 2) if inputs.ndim == 4 else inputs.long()
    return model(inputs).last_hidden_state


if __name__ == "__main__":
    main()
