# fluxr: the daily carbon balance of an ecosystem, as models are written that PEcAn runs. It reads run.xml, the settings
# of the run, in the working folder; the parameters from the file that the settings name, one `name value` a line; and
# the weather (CSV). It writes fluxes.csv, a line a day, and metrics.json. Only base R is used.
#
# Photosynthesis: MOD17 (Running et al. 2004). Respiration: Lloyd and Taylor (1994), equation 11, over the hours of
# the day. Settings or weather that make no sense end it with exit code 2.

refuse <- function(...) {
  message(sprintf(...))
  quit(save = "no", status = 2)
}

# The text of the one element of this name in an XML file without attributes or comments.
element <- function(lines, name) {
  pattern <- sprintf("^.*<%s>\\s*(.*?)\\s*</%s>.*$", name, name)
  text <- paste(lines, collapse = " ")
  if (!grepl(pattern, text, perl = TRUE)) refuse("run.xml: no <%s>", name)
  plain(sub(pattern, "\\1", text, perl = TRUE))
}

# XML's five entities as what they stand for; & last, or it would make new ones.
plain <- function(text) {
  marks <- c("&lt;" = "<", "&gt;" = ">", "&quot;" = "\"", "&apos;" = "'", "&amp;" = "&")
  for (entity in names(marks)) text <- gsub(entity, marks[[entity]], text, fixed = TRUE)
  text
}

read_parameters <- function(path) {
  table <- read.table(path, col.names = c("name", "value"), colClasses = c("character", "numeric"))
  as.list(setNames(table$value, table$name))
}

read_weather <- function(path) {
  weather <- read.csv(path)
  lacking <- setdiff(c("date", "tmin", "tmax", "radiation"), names(weather))
  if (length(lacking) > 0) refuse("weather: no column %s", paste(lacking, collapse = ", "))
  if (nrow(weather) == 0) refuse("weather: no day follows the header")
  bad <- which(!is.finite(weather$tmin + weather$tmax + weather$radiation) | weather$tmin > weather$tmax)
  if (length(bad) > 0) refuse("weather line %d: not finite, or tmin above tmax", bad[1] + 1)
  weather
}

# 0 where x is at `none` or beyond, 1 at `full` or beyond, linear between.
ramp <- function(x, none, full) pmin(1, pmax(0, (x - none) / (full - none)))

# Saturation vapour pressure (Pa) at degrees C: FAO-56 (Allen et al. 1998), equation 11.
saturation <- function(t) 610.8 * exp(17.27 * t / (t + 237.3))

# Gross primary production (g C m-2 d-1). Dew falls at the day's lowest temperature (FAO-56, equation 48).
production <- function(p, weather) {
  vpd <- (saturation(weather$tmin) + saturation(weather$tmax)) / 2 - saturation(weather$tmin)
  par <- 0.45 * weather$radiation
  p$light_use * ramp(weather$tmin, p$tmin_none, p$tmin_full) * ramp(vpd, p$vpd_none, p$vpd_full) * p$fpar * par
}

# Ecosystem respiration (g C m-2 d-1), the mean over 24 hours of a temperature that swings as a sine.
respiration <- function(p, weather) {
  swing <- sin(2 * pi * (0:23 + 0.5) / 24)
  t <- outer((weather$tmax + weather$tmin) / 2, rep(1, 24)) + outer((weather$tmax - weather$tmin) / 2, swing)
  reference <- 283.15
  rowMeans(p$r10 * exp(p$e0 * (1 / (reference - p$t0) - 1 / (t + 273.15 - p$t0))))
}

write_metrics <- function(fluxes, path) {
  days <- nrow(fluxes)
  yearly <- function(flux) sum(flux) / days * 365.25
  values <- c(
    gpp_annual = yearly(fluxes$gpp), reco_annual = yearly(fluxes$reco), nee_annual = yearly(fluxes$nee),
    uptake_days = sum(fluxes$nee < 0), days = days
  )
  writeLines(sprintf("{%s}", paste(sprintf('"%s": %.15g', names(values), values), collapse = ", ")), path)
}

settings <- readLines("run.xml")
p <- read_parameters(element(settings, "parameters"))
weather <- read_weather(element(settings, "weather"))
message(sprintf("%s: %d days, %s", element(settings, "site"), nrow(weather), R.version.string))

gpp <- production(p, weather)
reco <- respiration(p, weather)
fluxes <- data.frame(date = weather$date, gpp = gpp, reco = reco, nee = reco - gpp)
if (!all(is.finite(fluxes$nee))) refuse("the parameters give fluxes that are no numbers")
printed <- fluxes
printed[-1] <- lapply(fluxes[-1], sprintf, fmt = "%.15g")
write.csv(printed, "fluxes.csv", row.names = FALSE, quote = FALSE)
write_metrics(fluxes, "metrics.json")
