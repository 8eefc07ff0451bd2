/* Numbers as people write them, and texts from outside as they may be shown. */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdio.h>

/* Reads a finite decimal number and nothing beside it; "nan", "inf", hexadecimal and blanks are refused. */
bool number_parse(const char *text, double *value);

/* Writes a text that came from outside: at most 40 characters, with ? for what does not print. */
void print_quoted(FILE *stream, const char *text);

#endif
