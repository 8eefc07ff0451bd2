/** Prints the driver file for Seattle, 2012 to 2015: `node models/dalec/drivers/convert.ts >drivers.csv` */
import { seattleDrivers, seattleWeather } from './seattle.ts'

process.stdout.write(seattleDrivers(seattleWeather()))
