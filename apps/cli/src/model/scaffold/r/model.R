# Logistic growth: size(t) = capacity / (1 + (capacity / start - 1) exp(-rate t)).

# A parameter as the manifest declares it.
parameter <- function(name) {
  value <- suppressWarnings(as.numeric(Sys.getenv(paste0("CARYA_PARAM_", toupper(name)))))
  if (is.na(value)) stop(name, " is not set, or no number")
  value
}

rate <- parameter("rate")
capacity <- parameter("capacity")
start <- parameter("start")

day <- 0:parameter("days")
size <- capacity / (1 + (capacity / start - 1) * exp(-rate * day))

write.csv(data.frame(day, size), "series.csv", row.names = FALSE, quote = FALSE)
cat(sprintf('{ "final": %.15g }\n', size[length(size)]), file = "metrics.json")
