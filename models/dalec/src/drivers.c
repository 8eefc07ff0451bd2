#include "drivers.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define HEADER "date,tmin,tmax,radiation,co2"
#define COLUMNS 5
#define MOST_PROBLEMS 10

struct column {
    const char *name;
    double lowest;
    double highest;
    const char *meaning;
};

/* The numbers of a line, after its date. The limits catch missing values (-9999) and wrong units (K, W m-2). */
static const struct column columns[COLUMNS - 1] = {
    {"tmin", -80, 60, "the lowest temperature in degrees C"},
    {"tmax", -80, 60, "the highest temperature in degrees C"},
    {"radiation", 0, 50, "shortwave radiation in MJ m-2 d-1"},
    {"co2", ACM_LOWEST_CO2, 5000, "CO2 in ppm"},
};

struct reader {
    struct drivers *drivers;
    size_t capacity;
    long line;
    int problems;
};

/* Tells one problem: its place, then `"value"` where there is one, then what is wrong or expected. */
static void problem(struct reader *reader, const char *column, const char *value, const char *format, ...)
{
    reader->problems++;
    fprintf(stderr, "drivers line %ld", reader->line);
    if (column)
        fprintf(stderr, ", column %s", column);
    fputs(": ", stderr);
    if (value) {
        fputc('"', stderr);
        print_quoted(stderr, value);
        fputs("\" ", stderr);
    }
    va_list rest;
    va_start(rest, format);
    vfprintf(stderr, format, rest);
    va_end(rest);
    fputc('\n', stderr);
}

static void append(struct reader *reader, struct driver_day day)
{
    struct drivers *drivers = reader->drivers;
    if (drivers->count == reader->capacity) {
        reader->capacity = reader->capacity ? 2 * reader->capacity : 512;
        drivers->days = realloc(drivers->days, reader->capacity * sizeof *drivers->days);
        if (drivers->days == NULL) {
            fprintf(stderr, "drivers line %ld: out of memory\n", reader->line);
            exit(1);
        }
    }
    drivers->days[drivers->count++] = day;
}

static bool read_date(struct reader *reader, const char *text, struct date *date)
{
    if (!date_parse(text, date)) {
        problem(reader, "date", text, "is no day of the calendar; expected YYYY-MM-DD");
        return false;
    }
    if (reader->drivers->count == 0)
        return true;
    struct date due = date_next(reader->drivers->days[reader->drivers->count - 1].date);
    if (!date_equal(*date, due))
        problem(reader, "date", text, "does not follow the line before; expected %04d-%02d-%02d", due.year,
                due.month, due.day);
    return true;
}

static bool read_number(struct reader *reader, const struct column *column, const char *text, double *value)
{
    bool number = number_parse(text, value);
    if (number && *value >= column->lowest && *value <= column->highest)
        return true;
    problem(reader, column->name, text, "%s; expected %s, from %g to %g",
            number ? "is out of range" : "is not a number", column->meaning, column->lowest, column->highest);
    return false;
}

static void read_day(struct reader *reader, char *line)
{
    char *cells[COLUMNS];
    int count = 0;
    for (char *cell = line; cell != NULL; count++) {
        char *comma = strchr(cell, ',');
        if (comma)
            *comma = '\0';
        if (count < COLUMNS)
            cells[count] = cell;
        cell = comma ? comma + 1 : NULL;
    }
    if (count != COLUMNS) {
        problem(reader, NULL, NULL, "has %d columns; expected %d: " HEADER, count, COLUMNS);
        return;
    }
    struct driver_day day;
    double numbers[COLUMNS - 1] = {0};
    bool dated = read_date(reader, cells[0], &day.date);
    bool good = dated;
    for (int i = 0; i < COLUMNS - 1; i++)
        good = read_number(reader, &columns[i], cells[i + 1], &numbers[i]) && good;
    if (good && numbers[0] > numbers[1])
        problem(reader, "tmin", cells[1], "is above tmax, which is \"%s\"; expected tmin <= tmax", cells[2]);
    if (!dated)
        return;
    /* a day with a bad number is kept as well, or the next date would be told to be wrong too */
    day.weather = (struct acm_day){date_day_of_year(day.date), numbers[0], numbers[1], numbers[2], numbers[3]};
    append(reader, day);
}

/* The next line without its line end; false at the end of the file. A line too long is told and cut. */
static bool next_line(struct reader *reader, FILE *file, char *line, int size)
{
    if (fgets(line, size, file) == NULL)
        return false;
    reader->line++;
    if (strchr(line, '\n') == NULL && !feof(file)) {
        problem(reader, NULL, line, "is too long; expected %d columns: " HEADER, COLUMNS);
        for (int c = fgetc(file); c != '\n' && c != EOF;)
            c = fgetc(file);
        line[0] = '\0';
    }
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

bool drivers_read(const char *path, struct drivers *drivers)
{
    *drivers = (struct drivers){NULL, 0};
    struct reader reader = {.drivers = drivers};
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "drivers: cannot open %s: %s\n", path, strerror(errno));
        return false;
    }
    char line[512] = "";
    bool has_header = next_line(&reader, file, line, sizeof line);
    const char *header = strncmp(line, "\xEF\xBB\xBF", 3) == 0 ? line + 3 : line; /* a byte order mark is no harm */
    if (reader.problems == 0 && (!has_header || strcmp(header, HEADER) != 0)) {
        reader.line = 1;
        problem(&reader, NULL, header, "is not the header; expected " HEADER);
    } else if (reader.problems == 0) {
        while (reader.problems < MOST_PROBLEMS && next_line(&reader, file, line, sizeof line))
            if (line[0] != '\0')
                read_day(&reader, line);
        if (reader.problems >= MOST_PROBLEMS)
            fprintf(stderr, "drivers: more lines may be wrong; reading ended at line %ld\n", reader.line);
        else if (drivers->count == 0 && reader.problems == 0)
            problem(&reader, NULL, NULL, "no day follows the header; expected one line a day");
    }
    if (ferror(file)) {
        fprintf(stderr, "drivers: cannot read %s: %s\n", path, strerror(errno));
        reader.problems++;
    }
    fclose(file);
    return reader.problems == 0;
}
