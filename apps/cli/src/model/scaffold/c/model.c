/* Logistic growth: size(t) = capacity / (1 + (capacity / start - 1) exp(-rate t)). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A parameter as the manifest declares it; ends the program where there is none, or it is no number. */
static double parameter(const char *name)
{
  const char *text = getenv(name);
  char *end = NULL;
  double value = text == NULL ? NAN : strtod(text, &end);
  if (text == NULL || end == text || *end != '\0') {
    fprintf(stderr, "%s is %s; expected a number\n", name, text == NULL ? "not set" : text);
    exit(2);
  }
  return value;
}

static FILE *output(const char *name)
{
  FILE *file = fopen(name, "w");
  if (file == NULL) {
    perror(name);
    exit(1);
  }
  return file;
}

static void finish(FILE *file, const char *name)
{
  int failed = ferror(file);
  if (fclose(file) != 0 || failed) {
    perror(name);
    exit(1);
  }
}

int main(void)
{
  double rate = parameter("CARYA_PARAM_RATE");
  double capacity = parameter("CARYA_PARAM_CAPACITY");
  double start = parameter("CARYA_PARAM_START");
  int days = (int)parameter("CARYA_PARAM_DAYS");
  double size = start;

  FILE *series = output("series.csv");
  fprintf(series, "day,size\n");
  for (int day = 0; day <= days; day++) {
    size = capacity / (1 + (capacity / start - 1) * exp(-rate * day));
    fprintf(series, "%d,%.10g\n", day, size);
  }
  finish(series, "series.csv");

  FILE *metrics = output("metrics.json");
  fprintf(metrics, "{ \"final\": %.10g }\n", size);
  finish(metrics, "metrics.json");
  return 0;
}
