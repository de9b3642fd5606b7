"""Writes the expected metrics of 200 pairs of depth maps to packages/metrics/fixtures/goldens.json.

The formulas are written here from the papers, in NumPy, for whole arrays and in float64, so that they share nothing with the
package. The pairs themselves are not stored: both sides make them from whole-number hashes (`depth_pair` here, `depthPair` in
packages/metrics/src/testing/depth-pair.ts), which are exact in both languages.
"""

import json

import numpy as np
from goldens_common import fixtures, output_of

SIZES = [(480, 640), (60, 80), (53, 37), (96, 128)]
CROPS = ["none", "eigen", "garg"]
ALIGNMENTS = ["none", "median", "depth", "disparity"]
MIN_DEPTH = 1e-3
MAX_DEPTH = 10


def main():
    output = output_of(__doc__, fixtures("metrics") / "goldens.json")
    rows = []
    for index in range(200):
        height, width = SIZES[0] if index < 6 else SIZES[1 + index % 3]
        crop = "eigen" if index < 6 else CROPS[index // 3 % 3]
        alignment = ALIGNMENTS[index // 9 % 4]
        prediction, truth = depth_pair(index, height * width)
        errors = evaluate(prediction.reshape(height, width), truth.reshape(height, width), crop, alignment)
        min_max = min_max_errors(np.nan_to_num(prediction, posinf=0), np.nan_to_num(truth))
        rows.append(
            {
                "index": index,
                "width": width,
                "height": height,
                "crop": crop,
                "alignment": alignment,
                "errors": written(errors),
                "minMax": written(min_max),
            }
        )
    means = {key: number(np.mean([row["errors"][key] for row in rows])) for key in rows[0]["errors"] if key != "pixels"}
    lines = ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
    text = f'{{"writtenBy":"NumPy {np.__version__}","means":{json.dumps(means)},"cases":[\n{lines}\n]}}\n'
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)
    print(f"{output.name}: {len(rows)} pairs")


def depth_pair(pair, count):
    """Prediction and ground truth, float32, with holes, zeros, NaN, infinity and values outside of the range.

    Ground truth lies between 0.5 and 11 m. Pairs that `main` aligns in disparity predict disparity, the others depth.
    """
    i = np.arange(count, dtype=np.uint32)
    wave = (hashed(i // np.uint32(64), pair, 1) % np.uint32(8000)).astype(np.float64) / 1000
    fine = (hashed(i, pair, 2) % np.uint32(2500)).astype(np.float64) / 1000
    truth = 0.5 + wave + fine
    error = (hashed(i, pair, 3) % np.uint32(1000)).astype(np.float64) / 1000
    prediction = truth * (0.6 + 0.8 * error) if pair % 2 == 0 else truth * 0.5 + error + 0.25
    if ALIGNMENTS[pair // 9 % 4] == "disparity":
        prediction = 1 / prediction
    chance = hashed(i, pair, 4) % np.uint32(1000)
    truth[chance < 100] = 0
    truth[(chance >= 100) & (chance < 110)] = np.nan
    truth[(chance >= 110) & (chance < 115)] = 25
    prediction[(chance >= 200) & (chance < 205)] = 0
    prediction[(chance >= 205) & (chance < 208)] = -1
    prediction[(chance >= 208) & (chance < 211)] = np.nan
    prediction[(chance >= 211) & (chance < 214)] = np.inf
    return prediction.astype(np.float32), truth.astype(np.float32)


def hashed(i, pair, stream):
    """A 32-bit mixing of whole numbers, with wraparound."""
    with np.errstate(over="ignore"):
        x = i * np.uint32(0x9E3779B1) + np.uint32((pair * 7919 + stream * 104729) & 0xFFFFFFFF)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return x


def evaluate(prediction, truth, crop, alignment):
    prediction = prediction.astype(np.float64)
    truth = truth.astype(np.float64)
    height, width = truth.shape
    with np.errstate(invalid="ignore"):
        valid = (truth > MIN_DEPTH) & (truth < MAX_DEPTH)
    inside = np.zeros_like(valid)
    if crop == "eigen" and (height, width) == (480, 640):
        inside[45:471, 41:601] = True
    elif crop == "eigen":
        rows = [int(np.floor(x * height / 480 + 0.5)) for x in (45, 471)]
        columns = [int(np.floor(x * width / 640 + 0.5)) for x in (41, 601)]
        inside[rows[0] : rows[1], columns[0] : columns[1]] = True
    elif crop == "garg":
        rows = int(0.40810811 * height), int(0.99189189 * height)
        columns = int(0.03594771 * width), int(0.96405229 * width)
        inside[rows[0] : rows[1], columns[0] : columns[1]] = True
    else:
        inside[:] = True
    valid &= inside

    fit = valid & np.isfinite(prediction)
    p, g = prediction[fit], truth[fit]
    if alignment == "median":
        prediction = prediction * (np.median(g) / np.median(p))
    elif alignment == "depth":
        scale, shift = np.linalg.lstsq(np.stack([p, np.ones_like(p)], 1), g, rcond=None)[0]
        prediction = scale * prediction + shift
    elif alignment == "disparity":
        scale, shift = np.linalg.lstsq(np.stack([p, np.ones_like(p)], 1), 1 / g, rcond=None)[0]
        prediction = 1 / np.maximum(scale * prediction + shift, 1 / MAX_DEPTH)

    with np.errstate(invalid="ignore"):
        prediction[prediction < MIN_DEPTH] = MIN_DEPTH
        prediction[prediction > MAX_DEPTH] = MAX_DEPTH
    prediction[np.isinf(prediction)] = MAX_DEPTH
    prediction[np.isnan(prediction)] = MIN_DEPTH
    return errors_of(prediction[valid], truth[valid])


def min_max_errors(prediction, truth):
    stretch = lambda x: np.maximum((x - x.min()) / (x.max() - x.min()), 1e-3)  # noqa: E731
    return errors_of(stretch(prediction.astype(np.float64)), stretch(truth.astype(np.float64)))


def errors_of(p, g):
    difference = np.log(p) - np.log(g)
    ratio = np.maximum(p / g, g / p)
    return {
        "rmse": np.sqrt(np.mean((g - p) ** 2)),
        "absRel": np.mean(np.abs(g - p) / g),
        "sqRel": np.mean((g - p) ** 2 / g),
        "rmseLog": np.sqrt(np.mean((np.log(g) - np.log(p)) ** 2)),
        "log10": np.mean(np.abs(np.log10(p) - np.log10(g))),
        "siLog": np.sqrt(np.mean(difference**2) - np.mean(difference) ** 2) * 100,
        "delta1": np.mean(ratio < 1.25),
        "delta2": np.mean(ratio < 1.25**2),
        "delta3": np.mean(ratio < 1.25**3),
        "pixels": int(p.size),
    }


def written(errors):
    return {key: value if key == "pixels" else number(value) for key, value in errors.items()}


def number(value):
    return float(f"{value:.9g}")


if __name__ == "__main__":
    main()
