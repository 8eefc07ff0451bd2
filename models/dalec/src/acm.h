/*
 * ACM, the Aggregated Canopy Model: a day's gross primary production of a canopy from its leaf area and the
 * day's weather. It emulates the multi-layer model SPA with ten fitted coefficients.
 *
 * Williams, M., Rastetter, E. B., Fernandes, D. N., Goulden, M. L., Shaver, G. R. and Johnson, L. C. (1997):
 * Predicting gross primary productivity in terrestrial ecosystems. Ecological Applications 7, 882-894.
 * Here with the coefficients that Williams et al. (2005) used in DALEC (see dalec.h).
 */
#ifndef ACM_H
#define ACM_H

/* The lowest CO2 (ppm) ACM is defined for: its compensation point is 217.9 ppm. */
#define ACM_LOWEST_CO2 220.0

struct acm_canopy {
    double lai;      /* leaf area index, m2 leaf m-2 ground, >= 0 */
    double nitrogen; /* foliar nitrogen, g N m-2 leaf, > 0 */
    double psi_d;    /* greatest difference of water potential from soil to leaf, MPa; only its size counts */
    double r_tot;    /* hydraulic resistance from soil to leaf, MPa m2 s mmol-1, >= 0 */
    double latitude; /* degrees, north positive */
};

struct acm_day {
    int day_of_year; /* 1 to 366 */
    double tmin;     /* degrees Celsius */
    double tmax;     /* degrees Celsius, >= tmin */
    double radiation; /* shortwave, MJ m-2 d-1, >= 0 */
    double co2;      /* ppm, >= ACM_LOWEST_CO2 */
};

/* Hours from sunrise to sunset: 0 in the polar night, 24 on the polar day. */
double acm_day_length(double latitude, int day_of_year);

/* Gross primary production, g C m-2 d-1; never negative. */
double acm_gpp(const struct acm_canopy *canopy, const struct acm_day *day);

#endif
