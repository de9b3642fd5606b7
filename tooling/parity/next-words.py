"""The Python half of next-words.mjs: what transformers computes with a decoder's checkpoint.

    python next-words.py FOLDER
"""

import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")

import torch  # noqa: E402
from goldens_common import write_json  # noqa: E402
from safetensors.torch import save_file  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402


def main():
    folder = Path(sys.argv[1])
    results = []
    for index, case in enumerate(json.loads((folder / "cases.json").read_text())):
        tokenizer = AutoTokenizer.from_pretrained(case["checkpoint"])
        model = AutoModelForCausalLM.from_pretrained(
            case["checkpoint"], attn_implementation="eager", dtype=torch.float32
        ).eval()
        ids = tokenizer(case["text"], return_tensors="pt").input_ids
        with torch.no_grad():
            outputs = model(input_ids=ids, output_hidden_states=True)
            following = model.generate(ids, max_new_tokens=case["count"], do_sample=False)[0, ids.shape[1] :]
        states = {f"hidden_states.{layer}": state[0].contiguous() for layer, state in enumerate(outputs.hidden_states)}
        path = folder / f"case-{index}.safetensors"
        save_file({**states, "logits": outputs.logits[0].contiguous()}, path)
        results.append({"ids": ids[0].tolist(), "next": following.tolist(), "tensors": str(path), "layers": len(states)})
    write_json(folder / "results.json", results)


if __name__ == "__main__":
    main()
