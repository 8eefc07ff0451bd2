#include "acm.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/*
 * The coefficients a1 to a10 of Williams et al. (2005). Their units follow from the equations below; the names
 * are those of Williams et al. (1997). With this fit the CO2 response is nearly saturated: the half-saturation
 * point is small and the compensation point stands at what the leaf's inner CO2 is in a working canopy.
 */
static const double NITROGEN_USE_EFFICIENCY = 2.155;  /* a1, g C (g N)-1 d-1 */
static const double DAY_LENGTH_SLOPE = 0.0142;        /* a2, h-1 */
static const double CO2_COMPENSATION = 217.9;         /* a3, ppm */
static const double CO2_HALF_SATURATION = 0.980;      /* a4, ppm */
static const double DAY_LENGTH_INTERCEPT = 0.155;     /* a5 */
static const double HYDRAULIC_COEFFICIENT = 2.653;    /* a6 */
static const double MAXIMUM_QUANTUM_YIELD = 4.309;    /* a7, g C MJ-1 */
static const double TEMPERATURE_COEFFICIENT = 0.060;  /* a8, (degree C)-1 */
static const double LAI_COEFFICIENT = 1.062;          /* a9, m4 m-4 */
static const double WATER_POTENTIAL_EXPONENT = 0.0006; /* a10 */

double acm_day_length(double latitude, int day_of_year)
{
    double declination = -23.4 * PI / 180.0 * cos(2.0 * PI * (day_of_year + 10.0) / 365.0);
    double height = tan(latitude * PI / 180.0) * tan(declination);
    if (height >= 1.0)
        return 24.0;
    if (height <= -1.0)
        return 0.0;
    return 24.0 * acos(-height) / PI;
}

/*
 * CO2 inside the leaf (ppm): where the supply through the stomata, g (Ca - Ci), meets the demand of the
 * chloroplasts, p g (Ci - a3) / (Ci - a3 + a4); the greater root of that quadratic equation. What is under the
 * root is a square plus 4 a4 (Ca - a3), so it is never negative while Ca is above the compensation point.
 */
static double internal_co2(double ambient, double demand_over_conductance)
{
    double p = demand_over_conductance;
    double q = CO2_COMPENSATION - CO2_HALF_SATURATION;
    double sum = ambient + q - p;
    return 0.5 * (sum + sqrt(sum * sum - 4.0 * (ambient * q - p * CO2_COMPENSATION)));
}

double acm_gpp(const struct acm_canopy *canopy, const struct acm_day *day)
{
    /* canopy conductance, g C m-2 d-1 ppm-1: dry air (a wide range of temperature) closes the stomata */
    double temperature_range = day->tmax - day->tmin;
    double conductance = pow(fabs(canopy->psi_d), WATER_POTENTIAL_EXPONENT) /
                         (HYDRAULIC_COEFFICIENT * canopy->r_tot + 0.5 * temperature_range);

    /* what nitrogen and temperature allow, over the conductance: ppm */
    double demand = canopy->lai * canopy->nitrogen * NITROGEN_USE_EFFICIENCY *
                    exp(TEMPERATURE_COEFFICIENT * day->tmax) / conductance;

    /* limited by diffusion, g C m-2 d-1; rounding may leave a hair below zero where there are no leaves */
    double diffusion = fmax(0.0, conductance * (day->co2 - internal_co2(day->co2, demand)));

    /* limited by light, g C m-2 d-1 */
    double lai_squared = canopy->lai * canopy->lai;
    double light = MAXIMUM_QUANTUM_YIELD * lai_squared / (lai_squared + LAI_COEFFICIENT) * day->radiation;

    if (light <= 0.0 || diffusion <= 0.0)
        return 0.0;
    double day_length = acm_day_length(canopy->latitude, day->day_of_year);
    return light * diffusion / (light + diffusion) * (DAY_LENGTH_SLOPE * day_length + DAY_LENGTH_INTERCEPT);
}
