"""The Python half of lora-interchange.mjs: loads the adapters that it saved with `PeftModel.from_pretrained`, compares the outputs with
those that it computed, and saves adapters of its own for it to load.

    python lora-interchange.py FOLDER
"""

import json
import sys
import warnings
from pathlib import Path

from goldens_common import write_json
from lora_reference import forward, open_tower, save_random_adapter
from peft import PeftModel
from safetensors.torch import load_file


def main():
    folder = Path(sys.argv[1])
    # A key that PEFT misses is only a warning there.
    warnings.filterwarnings("error", message=".*(missing|unexpected) adapter keys.*")
    results = []
    for case in json.loads((folder / "cases.json").read_text()):
        goldens = load_file(Path(case["folder"]) / "goldens.safetensors")
        model = PeftModel.from_pretrained(open_tower(case["modelClass"], case["checkpoint"]), case["folder"]).eval()
        error = (forward(model, goldens["input"]) - goldens["output"]).abs().max().item()
        results.append({**case, "direction": "here → PEFT", "error": error})
        if case.get("peftFolder"):
            save_adapter(case, goldens["input"])
    write_json(folder / "results.json", results)


def save_adapter(case, inputs):
    targets = {"bert": ["query", "key", "value"], "swiglu": "all-linear", "gpt2": ["c_attn"]}.get(case["tower"], ["q_proj", "v_proj"])
    base = open_tower(case["modelClass"], case["checkpoint"])
    options = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.1, "target_modules": targets}
    save_random_adapter(Path(case["peftFolder"]), base, inputs, seed=6, scale=0.5 / base.config.hidden_size**0.5, **options)


if __name__ == "__main__":
    main()
