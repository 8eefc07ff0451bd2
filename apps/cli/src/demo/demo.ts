/** The main job, from nothing to results: set-up, stack, model, drivers, 25 runs as queue messages. */
import type { RunRequest } from '@carya/contracts'
import { openClient } from '../client/client.ts'
import type { ClientSettings } from '../stack/client-settings.ts'
import { requireEngine } from '../stack/engine.ts'
import { ensureBaseImage } from '../stack/images.ts'
import { bringUp } from '../stack/up.ts'
import { startStep } from '../terminal/progress.ts'
import { notice } from '../terminal/streams.ts'
import { durationText } from '../terminal/text.ts'
import { ensureDalecImage, registerDalec, uploadDrivers } from './dalec.ts'
import type { Row } from './report.ts'
import { submitRuns } from './submit-runs.ts'
import { member, MEMBERS } from './variations.ts'

export type Demo = { settings: ClientSettings; drivers: string; label: string; rows: Row[] }

/** Runs the demo; progress goes to stderr. */
export async function runDemo(install: boolean, env: NodeJS.ProcessEnv): Promise<Demo> {
  const settings = await bringUp({ install, start: true }, env)
  const { docker } = await requireEngine(env)
  await ensureDalecImage(docker, await ensureBaseImage(docker, env))

  const client = openClient({ api: new URL(settings.api), token: settings.token, source: 'carya up' })
  const registering = startStep('registering the model and its drivers')
  const model = await registerDalec(client)
  const drivers = await uploadDrivers(client)
  const ref = `${model.name}@${model.version}`
  registering.done(`registered ${ref}; uploaded the weather of Seattle, 2012 to 2015`)

  const label = `demo-${new Date().toISOString().replaceAll(/[-:]|\..*/g, '')}`
  const base: RunRequest = { kind: 'run', model: ref, inputs: { drivers }, labels: { demo: label } }
  const requests = Array.from({ length: MEMBERS }, (_, i): RunRequest => ({ ...base, params: member(i) }))
  const rows = await submitAll(settings.amqp, [base, ...requests])
  return { settings, drivers, label, rows }
}

/** Submits the default run and the members, and shows four numbers of any size: done, running, failed, time left. */
async function submitAll(amqp: string, requests: readonly RunRequest[]): Promise<Row[]> {
  const all = requests.length
  notice(`submitting ${all} runs as queue messages`)
  const step = startStep(`${all} runs`)
  const began = Date.now()
  try {
    const runs = await submitRuns(amqp, requests, ({ accepted, running, ended, failed }) => {
      const left = ended > 0 ? ((Date.now() - began) / ended) * (all - ended) : undefined
      const words = [
        `${ended} done`,
        `${running} running`,
        `${accepted - running - ended} waiting`,
        failed > 0 ? `${failed} failed` : '',
        left === undefined || left < 1000 ? '' : `≈ ${durationText(left)} left`,
      ]
      step.update(words.filter(Boolean).join(', '), ended / all)
    })
    const failed = runs.filter(({ state }) => state !== 'succeeded').length
    step.done(`${all} runs, each in a container of its own${failed > 0 ? `; ${failed} did not succeed` : ''}`)
    return runs.map((run, i) => ({ label: i === 0 ? 'default' : String(i), run }))
  } catch (error) {
    step.fail()
    throw error
  }
}
