/* Calendar days: what the drivers' dates are checked with, and the day of the year the sun needs. */
#ifndef CALENDAR_H
#define CALENDAR_H

#include <stdbool.h>

struct date {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

/* Reads YYYY-MM-DD; false where the text has another form or no such day exists. */
bool date_parse(const char *text, struct date *date);

/* 1 on 1 January, 365 or 366 on 31 December. */
int date_day_of_year(struct date date);

/* The following day. */
struct date date_next(struct date date);

bool date_equal(struct date a, struct date b);

#endif
