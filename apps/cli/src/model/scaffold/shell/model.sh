#!/bin/sh
# Logistic growth: size(t) = capacity / (1 + (capacity / start - 1) exp(-rate t)).
set -eu

awk -v rate="$CARYA_PARAM_RATE" -v capacity="$CARYA_PARAM_CAPACITY" \
  -v start="$CARYA_PARAM_START" -v days="$CARYA_PARAM_DAYS" '
BEGIN {
  print "day,size" > "series.csv"
  for (day = 0; day <= days; day++) {
    size = capacity / (1 + (capacity / start - 1) * exp(-rate * day))
    printf "%d,%.10g\n", day, size > "series.csv"
  }
  printf "{ \"final\": %.10g }\n", size > "metrics.json"
}'
