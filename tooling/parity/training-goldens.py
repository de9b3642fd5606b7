"""Writes packages/llm-mde/fixtures/training.json: the loss and the optimizer in PyTorch.

    python training-goldens.py
"""

import json
from pathlib import Path

import torch

FIXTURE = Path(__file__).resolve().parents[2] / "packages" / "llm-mde" / "fixtures" / "training.json"


def main():
    torch.manual_seed(0)
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    content = {"writtenBy": f"PyTorch {torch.__version__.split('+')[0]}", "loss": loss_cases(), "adamw": adamw_cases()}
    FIXTURE.write_text(json.dumps(content, indent=1) + "\n")


def loss_cases():
    predicted = (0.5 + 9 * torch.rand(3, 4, 5)).requires_grad_()
    truth = 0.5 + 9 * torch.rand(3, 4, 5)
    valid = (torch.rand(3, 4, 5) > 0.3).float()
    valid[2] = 0  # An image without a valid pixel.
    truth = truth * valid
    cases = []
    for form, weight in [("squared", 0.85), ("squared", 0.5), ("root", 0.85)]:
        predicted.grad = None
        loss = scale_invariant(predicted, truth, valid, weight, form)
        loss.backward()
        cases.append({"form": form, "lambda": weight, "loss": loss.item(), "gradient": tensor(predicted.grad)})
    return {"predicted": tensor(predicted), "truth": tensor(truth), "valid": tensor(valid), "cases": cases}


def scale_invariant(predicted, truth, valid, weight, form):
    losses = []
    for p, t, v in zip(predicted, truth, valid):
        mask = v.bool()
        if not mask.any():
            losses.append((p * 0).sum() + (10 * 1e-3 if form == "root" else 0))
            continue
        g = torch.log(p[mask]) - torch.log(t[mask])
        value = (g**2).mean() - weight * g.mean() ** 2
        losses.append(10 * torch.sqrt(value) if form == "root" else value)
    return torch.stack(losses).mean()


def adamw_cases():
    cases = []
    for options in [{}, {"weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-4}]:
        parameter = torch.nn.Parameter(torch.randn(2, 3))
        start = tensor(parameter)
        optimizer = torch.optim.AdamW([parameter], lr=0.05, **options)
        steps = []
        for rate in [0.05, 0.05, 0.01, 0.2]:
            optimizer.param_groups[0]["lr"] = rate
            parameter.grad = torch.randn(2, 3) * 3
            gradient = tensor(parameter.grad)
            optimizer.step()
            steps.append({"learningRate": rate, "gradient": gradient, "parameter": tensor(parameter)})
        cases.append({"options": options, "start": start, "steps": steps})
    return cases


def tensor(value):
    return {"shape": list(value.shape), "values": [float(f"{x:.7g}") for x in value.detach().flatten().tolist()]}


if __name__ == "__main__":
    main()
