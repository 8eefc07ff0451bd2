"""ICBM, the Introductory Carbon Balance Model (Andren and Katterer 1997), for NumPy 1.x.

Reads its parameters from /carya/params.json, or from the JSON file that is named, and writes into the working folder
icbm.csv, a line a year; metrics.json; and library.txt, the NumPy that computed them.
"""

import json
import sys

import numpy as np

STEPS = 10  # a year, for the integral of respiration


def pools(t, p):
    """Young and old carbon (kg m-2) at the times t (years), which have an analytic solution."""
    young_end = p["input"] / (p["k1"] * p["r"])
    old_end = p["h"] * p["input"] / (p["k2"] * p["r"])
    passing = p["h"] * (p["k1"] * p["r"] * p["y0"] - p["input"]) / (p["r"] * (p["k2"] - p["k1"]))
    fast = np.exp(-p["k1"] * p["r"] * t)
    slow = np.exp(-p["k2"] * p["r"] * t)
    young = young_end + (p["y0"] - young_end) * fast
    old = old_end + (p["o0"] - old_end - passing) * slow + passing * fast
    return np.row_stack([young, old])


def main():
    with open(sys.argv[1] if len(sys.argv) > 1 else "/carya/params.json") as file:
        p = json.load(file)
    if p["k1"] == p["k2"]:
        sys.exit("k1 and k2 are equal: the analytic solution wants two different rates")

    t = np.asfarray(range(p["years"] * STEPS + 1)) / STEPS
    young, old = pools(t, p)
    losses = np.array([(1 - p["h"]) * p["k1"] * p["r"], p["k2"] * p["r"]], dtype=np.float_)
    respiration = np.dot(losses, [young, old])
    if not np.alltrue(np.isfinite(respiration)):
        sys.exit("the pools grow beyond all bounds")

    with open("icbm.csv", "w") as file:
        file.write("year,young,old,total,respiration\n")
        for i in range(0, t.size, STEPS):
            row = [young[i], old[i], young[i] + old[i], respiration[i]]
            file.write(",".join([str(i // STEPS)] + ["%.15g" % value for value in row]) + "\n")

    metrics = {
        "young_final": young[-1],
        "old_final": old[-1],
        "total_final": young[-1] + old[-1],
        "total_change": young[-1] + old[-1] - young[0] - old[0],
        "respired": np.trapz(respiration, t),
        "total_steady": np.product([p["input"] / p["r"], 1 / p["k1"] + p["h"] / p["k2"]]),
        "numpy_major": int(np.__version__.split(".")[0]),
    }
    with open("metrics.json", "w") as file:
        json.dump(metrics, file, indent=2)
    with open("library.txt", "w") as file:
        file.write("numpy %s\n" % np.__version__)


main()
