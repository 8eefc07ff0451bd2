/*
 * DALEC, the Data Assimilation Linked Ecosystem Carbon model, in its evergreen form: five pools of carbon, a
 * time step of a day, photosynthesis by ACM.
 *
 * Williams, M., Schwarz, P. A., Law, B. E., Irvine, J. and Kurpius, M. R. (2005): An improved analysis of forest
 * carbon dynamics using data assimilation. Global Change Biology 11, 89-105.
 *
 * Invariant: carbon is neither made nor lost. All fluxes of a day are taken from the pools at its beginning, and
 * each leaves one pool and enters another or the air, so over every day
 *     change of the five pools = GPP - Ra - Rh = -NEE    (to rounding).
 */
#ifndef DALEC_H
#define DALEC_H

#include <stdbool.h>

#include "acm.h"

/* g C m-2 */
struct pools {
    double foliage;
    double wood; /* stems, branches, coarse roots */
    double root; /* fine roots */
    double litter; /* fresh foliar and fine root litter */
    double som;  /* soil organic matter and woody debris */
};

struct dalec_parameters {
    double latitude;       /* degrees, north positive */
    double nitrogen;       /* foliar nitrogen, g N m-2 leaf */
    double lma;            /* leaf carbon per area, g C m-2 leaf */
    double psi_d;          /* MPa, see acm.h */
    double r_tot;          /* MPa m2 s mmol-1, see acm.h */
    double f_auto;         /* share of GPP respired by the plants */
    double f_foliage;      /* share of NPP to foliage */
    double f_root;         /* share of what is left to fine roots; the rest is wood */
    double turnover_foliage; /* d-1 */
    double turnover_wood;  /* d-1 */
    double turnover_root;  /* d-1 */
    double mineralisation_litter; /* litter to the air, d-1 at 10 degrees C (see rate_at) */
    double decomposition_litter;  /* litter to soil organic matter, d-1 at 10 degrees C */
    double mineralisation_som;    /* soil organic matter to the air, d-1 at 10 degrees C */
    double temperature_sensitivity; /* of these three, (degree C)-1; 0.0693 doubles them every 10 degrees */
    struct pools initial;
};

/* A day's fluxes, g C m-2 d-1, and the leaf area (m2 m-2) that they were computed with. */
struct fluxes {
    double lai;
    double gpp; /* gross primary production */
    double npp; /* net primary production: gpp - ra */
    double ra;  /* autotrophic respiration */
    double rh;  /* heterotrophic respiration */
    double nee; /* net ecosystem exchange: ra + rh - gpp; negative is uptake */
};

double pools_total(const struct pools *pools);

/*
 * One day: fills in its fluxes and moves the pools on. False, with the pools untouched, where a pool would lose
 * more than it holds in the day: the rates are then too fast for a daily step.
 */
bool dalec_step(const struct dalec_parameters *parameters, const struct acm_day *day, struct pools *pools,
                struct fluxes *fluxes);

#endif
