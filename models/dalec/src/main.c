/*
 * dalec [DRIVERS]
 *
 * Runs DALEC over the days of the driver file (by default /carya/inputs/drivers) with the parameters of the
 * environment, and writes daily.csv and metrics.json into the working folder. Progress goes to standard output
 * as lines "::progress 0.35", at most twenty of them.
 * Exit code: 0; 1 where the run could not be done or written; 2 where parameters, drivers or usage are wrong.
 */
#include <stdio.h>
#include <stdlib.h>

#include "dalec.h"
#include "drivers.h"
#include "outputs.h"
#include "params.h"

#define PROGRESS_LINES 20

/* One line each time another twentieth is done. */
static void tell_progress(size_t done, size_t days)
{
    size_t part = PROGRESS_LINES * done / days;
    if (part > PROGRESS_LINES * (done - 1) / days)
        printf("::progress %.2f\n", (double)part / PROGRESS_LINES);
}

static bool run(const struct dalec_parameters *parameters, const struct drivers *drivers)
{
    FILE *daily = output_open("daily.csv");
    if (daily == NULL)
        return false;
    daily_header(daily);
    struct pools pools = parameters->initial;
    struct summary summary = {0};
    for (size_t i = 0; i < drivers->count; i++) {
        const struct driver_day *day = &drivers->days[i];
        struct fluxes fluxes;
        if (!dalec_step(parameters, &day->weather, &pools, &fluxes)) {
            fprintf(stderr,
                    "%04d-%02d-%02d: litter or soil would lose more than it holds in a day; lower the rates of "
                    "mineralisation and decomposition or temperature_sensitivity\n",
                    day->date.year, day->date.month, day->date.day);
            fclose(daily);
            return false;
        }
        summary_add(&summary, &fluxes);
        daily_line(daily, day->date, &fluxes, &pools);
        tell_progress(i + 1, drivers->count);
    }
    if (!output_close(daily, "daily.csv"))
        return false;

    FILE *metrics = output_open("metrics.json");
    if (metrics == NULL)
        return false;
    metrics_write(metrics, &summary, &parameters->initial, &pools);
    return output_close(metrics, "metrics.json");
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        fprintf(stderr, "usage: dalec [DRIVERS]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0); /* progress is worth something only while it is fresh */

    struct dalec_parameters parameters;
    struct drivers drivers;
    bool good = params_read(&parameters);
    good = drivers_read(argc == 2 ? argv[1] : "/carya/inputs/drivers", &drivers) && good;
    if (!good) {
        free(drivers.days);
        return 2;
    }

    struct date first = drivers.days[0].date;
    printf("DALEC 1.0.0: %zu days from %04d-%02d-%02d\n", drivers.count, first.year, first.month, first.day);
    bool done = run(&parameters, &drivers);
    free(drivers.days);
    return done ? 0 : 1;
}
