#include "outputs.h"

#include <errno.h>
#include <string.h>

#define N "%.15g"

void summary_add(struct summary *summary, const struct fluxes *fluxes)
{
    summary->days++;
    summary->gpp += fluxes->gpp;
    summary->npp += fluxes->npp;
    summary->ra += fluxes->ra;
    summary->rh += fluxes->rh;
    summary->nee += fluxes->nee;
    summary->lai += fluxes->lai;
    if (fluxes->lai > summary->lai_highest)
        summary->lai_highest = fluxes->lai;
}

void daily_header(FILE *file)
{
    fputs("date,gpp,npp,ra,rh,nee,lai,c_foliage,c_wood,c_root,c_litter,c_som\n", file);
}

void daily_line(FILE *file, struct date date, const struct fluxes *fluxes, const struct pools *pools)
{
    fprintf(file, "%04d-%02d-%02d," N "," N "," N "," N "," N "," N "," N "," N "," N "," N "," N "\n", date.year,
            date.month, date.day, fluxes->gpp, fluxes->npp, fluxes->ra, fluxes->rh, fluxes->nee, fluxes->lai,
            pools->foliage, pools->wood, pools->root, pools->litter, pools->som);
}

void metrics_write(FILE *file, const struct summary *summary, const struct pools *initial,
                   const struct pools *final)
{
    const double annual = 365.25 / (double)summary->days;
    const double total = pools_total(final);
    const struct {
        const char *name;
        double value;
    } metrics[] = {
        {"gpp_annual", summary->gpp * annual},
        {"npp_annual", summary->npp * annual},
        {"ra_annual", summary->ra * annual},
        {"rh_annual", summary->rh * annual},
        {"nee_annual", summary->nee * annual},
        {"lai_mean", summary->lai / (double)summary->days},
        {"lai_max", summary->lai_highest},
        {"c_foliage_final", final->foliage},
        {"c_wood_final", final->wood},
        {"c_root_final", final->root},
        {"c_litter_final", final->litter},
        {"c_som_final", final->som},
        {"c_total_final", total},
        {"c_total_change", total - pools_total(initial)},
        {"days", (double)summary->days},
    };
    const size_t count = sizeof metrics / sizeof *metrics;
    fputs("{\n", file);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "  \"%s\": " N "%s\n", metrics[i].name, metrics[i].value, i + 1 < count ? "," : "");
    fputs("}\n", file);
}

static bool told(const char *name)
{
    fprintf(stderr, "cannot write %s: %s\n", name, strerror(errno));
    return false;
}

FILE *output_open(const char *name)
{
    FILE *file = fopen(name, "w");
    if (file == NULL)
        told(name);
    return file;
}

bool output_close(FILE *file, const char *name)
{
    bool written = !ferror(file);
    return (fclose(file) == 0 && written) || told(name);
}
