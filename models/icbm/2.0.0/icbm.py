"""ICBM, the Introductory Carbon Balance Model (Andren and Katterer 1997), for NumPy 2.1 and newer.

Reads its parameters from /carya/params.json, or from the JSON file that is named, and writes into the working folder
icbm.csv, a line a year; metrics.json; and library.txt, the NumPy that computed them.
"""

import json
import sys
from pathlib import Path

import numpy as np

STEPS = 10  # a year, for the integral of respiration


def pools(t, p):
    """Young and old carbon (kg m-2) at the times t (years), which have an analytic solution."""
    rates = np.asarray([p["k1"], p["k2"]]) * p["r"]
    ends = np.asarray([1, p["h"]]) * p["input"] / rates
    passing = p["h"] * (rates[0] * p["y0"] - p["input"]) / (rates[1] - rates[0])
    fast, slow = np.unstack(np.exp(-np.linalg.outer(rates, t)))
    young = ends[0] + (p["y0"] - ends[0]) * fast
    old = ends[1] + (p["o0"] - ends[1] - passing) * slow + passing * fast
    return np.concat([young[:, None], old[:, None]], axis=1)


def main():
    p = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else "/carya/params.json").read_text())
    if p["k1"] == p["k2"]:
        sys.exit("k1 and k2 are equal: the analytic solution wants two different rates")

    t = np.astype(np.arange(p["years"] * STEPS + 1), np.float64) / STEPS
    carbon = pools(t, p)
    losses = np.asarray([(1 - p["h"]) * p["k1"], p["k2"]]) * p["r"]
    respiration = np.vecdot(carbon, losses)
    if not np.all(np.isfinite(respiration)):
        sys.exit("the pools grow beyond all bounds")

    total = np.sum(carbon, axis=1)
    table = np.concat([carbon, total[:, None], respiration[:, None]], axis=1)[::STEPS]
    with Path("icbm.csv").open("w") as file:
        file.write("year,young,old,total,respiration\n")
        for year, row in enumerate(table):
            file.write(f"{year}," + ",".join(f"{value:.15g}" for value in row) + "\n")

    young_final, old_final = carbon[-1]
    metrics = {
        "young_final": young_final,
        "old_final": old_final,
        "total_final": total[-1],
        "total_change": total[-1] - total[0],
        "respired": np.trapezoid(respiration, t),
        "total_steady": p["input"] / p["r"] * (1 / p["k1"] + p["h"] / p["k2"]),
        "numpy_major": int(np.__version__.split(".")[0]),
    }
    Path("metrics.json").write_text(json.dumps(metrics, indent=2))
    Path("library.txt").write_text(f"numpy {np.__version__}\n")


main()
