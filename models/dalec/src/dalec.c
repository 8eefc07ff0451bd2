#include "dalec.h"

#include <math.h>

double pools_total(const struct pools *pools)
{
    return pools->foliage + pools->wood + pools->root + pools->litter + pools->som;
}

/*
 * How fast litter and soil turn over, relative to the rates given: 0.5 exp(0.0693 T) in Williams et al. (2005),
 * T being the mean of the day's extremes. That is 1 at 10 degrees C, which makes the rates those at 10 degrees.
 */
static double rate_at(double temperature, double sensitivity)
{
    return 0.5 * exp(sensitivity * temperature);
}

bool dalec_step(const struct dalec_parameters *parameters, const struct acm_day *day, struct pools *pools,
                struct fluxes *fluxes)
{
    const struct dalec_parameters *p = parameters;
    const struct pools now = *pools;
    double rate = rate_at(0.5 * (day->tmin + day->tmax), p->temperature_sensitivity);
    if ((p->mineralisation_litter + p->decomposition_litter) * rate > 1.0 || p->mineralisation_som * rate > 1.0)
        return false;

    double lai = now.foliage / p->lma;
    struct acm_canopy canopy = {
        .lai = lai, .nitrogen = p->nitrogen, .psi_d = p->psi_d, .r_tot = p->r_tot, .latitude = p->latitude};
    double gpp = acm_gpp(&canopy, day);

    /* what the plants respire, and where the rest goes */
    double ra = p->f_auto * gpp;
    double npp = gpp - ra;
    double to_foliage = p->f_foliage * npp;
    double to_root = p->f_root * (npp - to_foliage);
    double to_wood = npp - to_foliage - to_root;

    /* what dies */
    double foliage_litter = p->turnover_foliage * now.foliage;
    double wood_litter = p->turnover_wood * now.wood;
    double root_litter = p->turnover_root * now.root;

    /* what rots */
    double litter_respired = p->mineralisation_litter * rate * now.litter;
    double litter_to_som = p->decomposition_litter * rate * now.litter;
    double som_respired = p->mineralisation_som * rate * now.som;

    pools->foliage = now.foliage + to_foliage - foliage_litter;
    pools->wood = now.wood + to_wood - wood_litter;
    pools->root = now.root + to_root - root_litter;
    pools->litter = now.litter + foliage_litter + root_litter - litter_respired - litter_to_som;
    pools->som = now.som + wood_litter + litter_to_som - som_respired;

    double rh = litter_respired + som_respired;
    *fluxes = (struct fluxes){.lai = lai, .gpp = gpp, .npp = npp, .ra = ra, .rh = rh, .nee = ra + rh - gpp};
    return true;
}
