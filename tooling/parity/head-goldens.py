"""Writes what PyTorch computes for packages/reprogramming and packages/adaptation-head, at tiny sizes: one JSON file in the fixtures of each;
see module_cases.py.
"""

from collections import OrderedDict

from goldens_common import PACKAGES, output_of
from model_reference import AdaptationHead, DptHead, Reprogramming
from module_cases import module_case, normal, randomized, write_cases, written_state_dict
from torch import nn


def main():
    packages = output_of(__doc__, PACKAGES)
    files = {
        "reprogramming/fixtures/reprogramming.json": reprogramming_cases,
        "adaptation-head/fixtures/adaptation-head.json": head_cases,
        "adaptation-head/fixtures/dpt-head.json": dpt_cases,
    }
    write_cases({packages / path: make for path, make in files.items()}, first_seed=2000)


def reprogramming_cases():
    cases = []
    for name, options in [
        ("heads as wide as the language model allows", {"visionFeatures": 6, "languageFeatures": 8, "headCount": 2}),
        ("a width that the heads do not divide", {"visionFeatures": 8, "languageFeatures": 7, "headCount": 3}),
        ("wider heads", {"visionFeatures": 6, "languageFeatures": 4, "headCount": 2, "headFeatures": 5}),
    ]:
        options = {**options, "vocabularySize": 11, "prototypeCount": 5}
        language, heads = options["languageFeatures"], options["headCount"]
        head_features = options.get("headFeatures", language // heads)
        module = randomized_parts(Reprogramming(options["visionFeatures"], language, 11, 5, heads, head_features))
        patches = normal((2, 3, options["visionFeatures"]))
        constants = {"words": normal((11, language))}
        cases.append(module_case(name, options, module, {"patches": patches}, module, constants))
    module = Reprogramming(6, 8, 11, 5, 2, 4)
    module.mapping_layer = nn.Sequential(OrderedDict(down=nn.Linear(11, 3, bias=False), up=nn.Linear(3, 5)))
    options = {"visionFeatures": 6, "languageFeatures": 8, "headCount": 2, "vocabularySize": 11, "prototypeCount": 5}
    options = {**options, "mapping": "low-rank", "mappingRank": 3}
    inputs, constants = {"patches": normal((2, 3, 6))}, {"words": normal((11, 8))}
    cases.append(module_case("a map of low rank", options, randomized_parts(module), inputs, module, constants))
    return cases


def head_cases():
    base = {"inFeatures": 5, "projectedChannels": 4}
    cases = []
    for name, training, options, size in [
        ("three stages, evaluation", False, {**base, "channels": [3, 2, 2]}, None),
        ("three stages, training", True, {**base, "channels": [3, 2, 2]}, None),
        ("image skip", True, {**base, "channels": [3, 5], "imageSkip": True}, [10, 15]),
    ]:
        head = randomized_parts(AdaptationHead(options)).train(training)
        inputs = {"tokens": normal((2, 6, 5))}
        if options.get("imageSkip"):
            inputs["image"] = normal((2, 10, 15, 3))

        def forward(tokens, image=None):
            return head(tokens, image, rows=2, columns=3, size=size)

        case = module_case(name, options, head, inputs, forward)
        case["training"] = training
        case["options"] = {**options, "outputSize": size}
        if training:
            after = written_state_dict(head)
            case["stateDictAfter"] = {key: after[key] for key, _ in head.named_buffers()}
        cases.append(case)
    return cases


def dpt_cases():
    base = {"visionFeatures": 4, "fusionChannels": 3, "outputChannels": 2}
    cases = []
    for name, options, size in [
        ("four levels and a language model", {**base, "channels": [2, 3, 3, 4], "languageFeatures": 5}, [10, 15]),
        ("two levels, log depth, no language model", {**base, "channels": [3, 4], "output": "log"}, None),
    ]:
        count = len(options["channels"])
        head = randomized_parts(DptHead(options))
        inputs = {f"features{level}": normal((1, 6, 4)) for level in range(count)}
        if "languageFeatures" in options:
            inputs["tokens"] = normal((1, 6, 5))

        def forward(*tensors):
            return head(tensors[:count], *tensors[count:], rows=2, columns=3, size=size)

        case = module_case(name, options, head, inputs, forward)
        case["options"] = {**options, "outputSize": size}
        cases.append(case)
    return cases


def randomized_parts(module):
    for part in module.modules():
        if not list(part.children()):
            randomized(part)
    return module


if __name__ == "__main__":
    main()
