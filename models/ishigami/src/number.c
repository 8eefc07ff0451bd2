#include "number.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool number_parse(const char *text, double *value)
{
    /* strtod alone would take blanks, words and hexadecimal */
    if (*text == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    char *end;
    *value = strtod(text, &end);
    return *end == '\0' && end != text && isfinite(*value);
}

void print_quoted(FILE *stream, const char *text)
{
    for (int i = 0; text[i] != '\0'; i++) {
        if (i == 40) {
            fputs("...", stream);
            return;
        }
        fputc(isprint((unsigned char)text[i]) ? text[i] : '?', stream);
    }
}
