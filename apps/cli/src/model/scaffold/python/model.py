"""Logistic growth: size(t) = capacity / (1 + (capacity / start - 1) exp(-rate t))."""

import json
import math

with open("/carya/params.json", encoding="utf-8") as file:
    params = json.load(file)

rate, capacity, start = params["rate"], params["capacity"], params["start"]
size = start

with open("series.csv", "w", encoding="utf-8") as series:
    series.write("day,size\n")
    for day in range(params["days"] + 1):
        size = capacity / (1 + (capacity / start - 1) * math.exp(-rate * day))
        series.write(f"{day},{size:.10g}\n")

with open("metrics.json", "w", encoding="utf-8") as metrics:
    json.dump({"final": size}, metrics)
