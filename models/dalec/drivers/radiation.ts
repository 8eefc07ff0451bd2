/** A day's sunshine: above the air from the calendar, and at the ground from how far temperatures swing. */

const SOLAR_CONSTANT = 0.082 // MJ m-2 min-1

/**
 * Radiation that reaches the top of the atmosphere over a place in a day, MJ m-2 d-1. Latitude in degrees,
 * between the polar circles.
 * Allen et al. (1998), FAO Irrigation and Drainage Paper 56, equations 21 to 25.
 */
export function extraterrestrialRadiation(latitude: number, dayOfYear: number): number {
  const phi = (latitude * Math.PI) / 180
  const angle = (2 * Math.PI * dayOfYear) / 365
  const distance = 1 + 0.033 * Math.cos(angle)
  const declination = 0.409 * Math.sin(angle - 1.39)
  const sunset = Math.acos(-Math.tan(phi) * Math.tan(declination))
  const height =
    sunset * Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.sin(sunset)
  return ((24 * 60) / Math.PI) * SOLAR_CONSTANT * distance * height
}

const CLEAR_SKY = 0.7 // transmittance of a cloudless sky
const EXPONENT = 2.4
const RAINY = 0.75 // of the transmittance is left on a day with rain

/**
 * The share of that radiation which reaches the ground. `range` is the day's swing of temperature (its highest
 * less the mean of the nights before and after), `monthlyRange` the month's mean of it, both in degrees C.
 * Bristow and Campbell (1984), Agricultural and Forest Meteorology 31, 159–166, with their coefficients: clear
 * skies let the day warm and the night cool, clouds hinder both.
 */
export function transmittance(range: number, monthlyRange: number, rainy: boolean): number {
  const b = 0.036 * Math.exp(-0.154 * monthlyRange)
  const dry = CLEAR_SKY * (1 - Math.exp(-b * Math.max(0, range) ** EXPONENT))
  return rainy ? RAINY * dry : dry
}
