/*
 * The driver file: a CSV with the header
 *     date,tmin,tmax,radiation,co2
 * and one line a day, days following each other without gaps. README.md says more.
 */
#ifndef DRIVERS_H
#define DRIVERS_H

#include <stdbool.h>
#include <stddef.h>

#include "acm.h"
#include "calendar.h"

struct driver_day {
    struct date date;
    struct acm_day weather;
};

struct drivers {
    struct driver_day *days;
    size_t count;
};

/*
 * Reads and checks a whole driver file. Each problem is told on standard error with its line, its column, the
 * value found and what would be right, up to ten of them; false where there was one. The caller frees
 * `drivers->days`.
 */
bool drivers_read(const char *path, struct drivers *drivers);

#endif
