"""Opens a run's TensorBoard event files with Python's tensorboard, prints what it finds, and ends with status 1 where a step is there
twice or none is. Needs `pip install tensorboard` besides requirements.txt.
"""

import argparse
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="folder with events.out.tfevents.* files")
    folder = parser.parse_args().folder
    events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0, "tensors": 0})
    events.Reload()
    tags = events.Tags()
    problems = []
    for tag in tags["scalars"]:
        steps = [event.step for event in events.Scalars(tag)]
        print(f"{tag}: {len(steps)} values, steps {steps[0]} to {steps[-1]}, last value {events.Scalars(tag)[-1].value:g}")
        if len(set(steps)) != len(steps):
            problems.append(f"{tag} has steps twice")
    for tag in tags["images"]:
        for image in events.Images(tag):
            print(f"{tag}: a picture of {image.width} by {image.height} at step {image.step}")
    if not tags["scalars"]:
        problems.append(f"no scalars in {folder}")
    print("; ".join(problems) or "TensorBoard reads these files.")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
