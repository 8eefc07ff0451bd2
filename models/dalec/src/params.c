#include "params.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "number.h"

struct field {
    const char *name;
    size_t offset;
    double lowest;
    double highest;
    const char *meaning;
};

#define FIELD(name, member, lowest, highest, meaning) \
    {name, offsetof(struct dalec_parameters, member), lowest, highest, meaning}

/* The limits are those of the equations (a share, a positive amount), not of plausibility. */
static const struct field fields[] = {
    FIELD("latitude", latitude, -90, 90, "degrees north"),
    FIELD("foliar_nitrogen", nitrogen, 1e-3, 100, "g N m-2 leaf"),
    FIELD("leaf_carbon_per_area", lma, 1, 1e4, "g C m-2 leaf"),
    FIELD("psi_d", psi_d, -100, -1e-3, "MPa"),
    FIELD("r_tot", r_tot, 1e-3, 1e3, "MPa m2 s mmol-1"),
    FIELD("f_auto", f_auto, 0, 1, "share of GPP"),
    FIELD("f_foliage", f_foliage, 0, 1, "share of NPP"),
    FIELD("f_root", f_root, 0, 1, "share of the NPP that foliage leaves"),
    FIELD("turnover_foliage", turnover_foliage, 0, 1, "d-1"),
    FIELD("turnover_wood", turnover_wood, 0, 1, "d-1"),
    FIELD("turnover_root", turnover_root, 0, 1, "d-1"),
    FIELD("mineralisation_litter", mineralisation_litter, 0, 1, "d-1"),
    FIELD("decomposition_litter", decomposition_litter, 0, 1, "d-1"),
    FIELD("mineralisation_som", mineralisation_som, 0, 1, "d-1"),
    FIELD("temperature_sensitivity", temperature_sensitivity, 0, 1, "per degree C"),
    FIELD("c_foliage_initial", initial.foliage, 0, 1e7, "g C m-2"),
    FIELD("c_wood_initial", initial.wood, 0, 1e7, "g C m-2"),
    FIELD("c_root_initial", initial.root, 0, 1e7, "g C m-2"),
    FIELD("c_litter_initial", initial.litter, 0, 1e7, "g C m-2"),
    FIELD("c_som_initial", initial.som, 0, 1e7, "g C m-2"),
};

/* The variable of a parameter: CARYA_PARAM_ and its name in capitals. */
static void variable_of(const char *name, char *variable, size_t size)
{
    size_t end = (size_t)snprintf(variable, size, "CARYA_PARAM_%s", name);
    for (size_t i = 0; i < end && i < size; i++)
        variable[i] = (char)toupper((unsigned char)variable[i]);
}

bool params_read(struct dalec_parameters *parameters)
{
    bool good = true;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const struct field *field = &fields[i];
        char variable[64];
        variable_of(field->name, variable, sizeof variable);
        const char *text = getenv(variable);
        double value;
        if (text == NULL) {
            fprintf(stderr, "parameter %s is missing: %s is not set", field->name, variable);
        } else if (!number_parse(text, &value) || value < field->lowest || value > field->highest) {
            fprintf(stderr, "parameter %s is \"", field->name);
            print_quoted(stderr, text);
            fputc('"', stderr);
        } else {
            *(double *)((char *)parameters + field->offset) = value;
            continue;
        }
        fprintf(stderr, "; expected a number from %g to %g (%s)\n", field->lowest, field->highest, field->meaning);
        good = false;
    }
    return good;
}
