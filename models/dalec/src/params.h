/* The parameters, as the container is given them: one environment variable CARYA_PARAM_<NAME> each. */
#ifndef PARAMS_H
#define PARAMS_H

#include <stdbool.h>

#include "dalec.h"

/*
 * Reads all parameters from the environment. Defaults and sensible ranges stand in model.yaml alone, so that
 * there is one truth; here a missing one is an error, and only what the equations cannot bear is refused. Every
 * problem is told on standard error; false where there was one.
 */
bool params_read(struct dalec_parameters *parameters);

#endif
