/* What a run leaves in its working folder: daily.csv and metrics.json. model.yaml names their columns and units. */
#ifndef OUTPUTS_H
#define OUTPUTS_H

#include <stdbool.h>
#include <stdio.h>

#include "calendar.h"
#include "dalec.h"

/* Sums over the days so far. */
struct summary {
    long days;
    double gpp;
    double npp;
    double ra;
    double rh;
    double nee;
    double lai;
    double lai_highest;
};

void summary_add(struct summary *summary, const struct fluxes *fluxes);

void daily_header(FILE *file);

/* One day: its fluxes, and the pools at its end. Fifteen digits, so that the carbon budget can be checked. */
void daily_line(FILE *file, struct date date, const struct fluxes *fluxes, const struct pools *pools);

/* Means over the run, yearly sums as means over a year of 365.25 days, and the pools at the end. */
void metrics_write(FILE *file, const struct summary *summary, const struct pools *initial,
                   const struct pools *final);

/* Opens a file of the working folder for writing; tells why not and gives NULL where it cannot. */
FILE *output_open(const char *name);

/* Closes it; tells and gives false where anything could not be written. */
bool output_close(FILE *file, const char *name);

#endif
