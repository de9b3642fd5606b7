"""Writes packages/llm-mde/fixtures/training.json: the loss and the optimizer in PyTorch."""

import torch
from goldens_common import fixtures, output_of, write_json
from model_reference import scale_invariant_loss


def main():
    output = output_of(__doc__, fixtures("llm-mde") / "training.json")
    torch.manual_seed(0)
    content = {"writtenBy": f"PyTorch {torch.__version__.split('+')[0]}", "loss": loss_cases(), "adamw": adamw_cases()}
    write_json(output, content, indent=1)


def loss_cases():
    predicted = (0.5 + 9 * torch.rand(3, 4, 5)).requires_grad_()
    truth = 0.5 + 9 * torch.rand(3, 4, 5)
    valid = (torch.rand(3, 4, 5) > 0.3).float()
    valid[2] = 0  # An image without a valid pixel.
    truth = truth * valid
    cases = []
    for form, weight in [("squared", 0.85), ("squared", 0.5), ("root", 0.85)]:
        predicted.grad = None
        loss = scale_invariant_loss(predicted, truth, valid.bool(), weight, form)
        loss.backward()
        cases.append({"form": form, "lambda": weight, "loss": loss.item(), "gradient": tensor(predicted.grad)})
    return {"predicted": tensor(predicted), "truth": tensor(truth), "valid": tensor(valid), "cases": cases}


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
