"""The h5py half of data.mjs: reads images and raw depths frame by frame, in random order, into arrays of [height, width, 3] and
[height, width] with a mask, as packages/nyu does.

    python data-h5py.py FILE
"""

import json
import resource
import sys
import time

import h5py
import numpy as np


def most_memory():
    """In KiB. Linux counts what the process was started from into ru_maxrss."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])


began = time.perf_counter()
file = h5py.File(sys.argv[1])
images, depths = file["images"], file["rawDepths"]
names = ["".join(map(chr, file[reference][:, 0])) for reference in file["scenes"][0]]
opened, used_until_open = time.perf_counter(), time.process_time()
for index in np.random.default_rng(1).permutation(len(names)):
    image = np.ascontiguousarray(images[index].transpose(2, 1, 0))
    depth = np.ascontiguousarray(depths[index].T)
    valid = (depth > 0).astype(np.uint8)
seconds, computing = time.perf_counter() - opened, time.process_time() - used_until_open
print(
    json.dumps(
        {
            "frames": len(names),
            "opened in ms": round((opened - began) * 1000),
            "frames/s": round(len(names) / seconds, 1),
            "computing, ms/frame": round(1000 * computing / len(names), 1),
            "most memory, MB": round(most_memory() / 1024),
        }
    )
)
