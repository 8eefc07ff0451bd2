/*
 * ishigami
 *
 * Computes y = sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 (Ishigami and Homma 1990) at the point that CARYA_PARAM_X1,
 * _X2 and _X3 name, and writes into the working folder metrics.json with y, and path.csv with the function along
 * the way from the origin to the point, in twenty steps; the last one is y.
 * Exit code: 0; 1 where results cannot be written; 2 where a parameter is missing or no number.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define A 7.0
#define B 0.1
#define STEPS 20
/* Enough digits to give the same double again. */
#define N "%.17g"

struct point {
    double x1;
    double x2;
    double x3;
};

static double ishigami(struct point p)
{
    double sine = sin(p.x2);
    return sin(p.x1) + A * sine * sine + B * p.x3 * p.x3 * p.x3 * p.x3 * sin(p.x1);
}

static bool read_parameter(const char *variable, double *value)
{
    const char *text = getenv(variable);
    if (text == NULL) {
        fprintf(stderr, "%s is not set\n", variable);
        return false;
    }
    if (!number_parse(text, value)) {
        fprintf(stderr, "%s is \"", variable);
        print_quoted(stderr, text);
        fputs("\"; expected a number (rad)\n", stderr);
        return false;
    }
    return true;
}

static void write_path(FILE *file, struct point p)
{
    fputs("step,y\n", file);
    for (int step = 1; step < STEPS; step++) {
        double part = (double)step / STEPS;
        fprintf(file, "%d," N "\n", step, ishigami((struct point){part * p.x1, part * p.x2, part * p.x3}));
    }
    fprintf(file, "%d," N "\n", STEPS, ishigami(p));
}

static void write_metrics(FILE *file, struct point p)
{
    fprintf(file, "{\"y\": " N "}\n", ishigami(p));
}

static bool write_file(const char *name, void (*write)(FILE *, struct point), struct point p)
{
    FILE *file = fopen(name, "w");
    if (file != NULL) {
        write(file, p);
        bool written = !ferror(file);
        if (fclose(file) == 0 && written)
            return true;
    }
    fprintf(stderr, "cannot write %s: %s\n", name, strerror(errno));
    return false;
}

int main(void)
{
    struct point p;
    bool good = read_parameter("CARYA_PARAM_X1", &p.x1);
    good = read_parameter("CARYA_PARAM_X2", &p.x2) && good;
    good = read_parameter("CARYA_PARAM_X3", &p.x3) && good;
    if (!good)
        return 2;
    return write_file("path.csv", write_path, p) && write_file("metrics.json", write_metrics, p) ? 0 : 1;
}
