#include "calendar.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_parse(const char *text, struct date *date)
{
    if (strlen(text) != 10)
        return false;
    for (int i = 0; i < 10; i++) {
        bool dash = i == 4 || i == 7;
        if (dash ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    }
    date->year = atoi(text);
    date->month = atoi(text + 5);
    date->day = atoi(text + 8);
    return date->year > 0 && date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= days_in_month(date->year, date->month);
}

int date_day_of_year(struct date date)
{
    int days = date.day;
    for (int month = 1; month < date.month; month++)
        days += days_in_month(date.year, month);
    return days;
}

struct date date_next(struct date date)
{
    if (date.day < days_in_month(date.year, date.month))
        return (struct date){date.year, date.month, date.day + 1};
    if (date.month < 12)
        return (struct date){date.year, date.month + 1, 1};
    return (struct date){date.year + 1, 1, 1};
}

bool date_equal(struct date a, struct date b)
{
    return a.year == b.year && a.month == b.month && a.day == b.day;
}
