/** The main job, from nothing to results: set-up, stack, model, drivers, a run and an ensemble as queue messages. */
import type { EnsembleRequest, EnsembleSummary, EnsembleView, RunRequest, RunView } from '@carya/contracts'
import { join, resolve } from 'node:path'
import { openClient, type Client } from '../client/client.ts'
import { shortId } from '../client/find-run.ts'
import { drawPlot } from '../ensemble/plot.ts'
import { readSummary, withResults } from '../ensemble/summary.ts'
import { waitForEnsemble } from '../ensemble/wait-ensemble.ts'
import type { ClientSettings } from '../stack/client-settings.ts'
import { requireEngine } from '../stack/engine.ts'
import { ensureBaseImage } from '../stack/images.ts'
import { bringUp } from '../stack/up.ts'
import { startStep } from '../terminal/progress.ts'
import { notice } from '../terminal/streams.ts'
import { ensureDalecImage, registerDalec, uploadDrivers } from './dalec.ts'
import { demoDesign, MEMBERS } from './design.ts'
import type { Row } from './report.ts'
import { openSubmitter } from './submit.ts'

export type Demo = {
  settings: ClientSettings
  drivers: string
  label: string
  ensemble: EnsembleView
  summary: EnsembleSummary
  /** The default run, then the members. */
  rows: Row[]
  /** Absolute path of the picture. */
  plot: string
}

/** In the working folder; Git ignores it. */
const FOLDER = 'carya-demo'

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
  const labels = { demo: label }
  const { run, ensemble } = await submitAll(client, settings.amqp, {
    run: { kind: 'run', model: ref, inputs: { drivers }, labels },
    ensemble: { kind: 'ensemble', model: ref, design: demoDesign(), base: { inputs: { drivers } }, labels },
  })
  const rows = [{ label: 'default', run }, ...(await membersOf(client, ensemble.id))]
  await withResults(client, ensemble.id)
  const summary = await readSummary(client, ensemble.id)
  const { file } = await drawPlot(summary, resolve(join(FOLDER, 'plot.svg')), {
    metrics: ['gpp_annual', 'nee_annual'],
    variables: ['gpp', 'nee'],
    title: `DALEC at Seattle, ${MEMBERS} members`,
  })
  return { settings, drivers, label, ensemble, summary, rows, plot: file }
}

/** Submits both, shows how far the members are, and gives the ends. */
async function submitAll(
  client: Client,
  amqp: string,
  requests: { run: RunRequest; ensemble: EnsembleRequest },
): Promise<{ run: RunView; ensemble: EnsembleView }> {
  await using submitter = openSubmitter(amqp)
  const run = await submitter.submitRun(requests.run)
  const ensemble = await submitter.submitEnsemble(requests.ensemble)
  notice(
    `submitted as queue messages: ${shortId(run.id)}, a run with the defaults, and ${shortId(ensemble.id)}, an ensemble of ${MEMBERS}`,
  )
  await waitForEnsemble(client, ensemble.id, {})
  return { run: await run.end, ensemble: await ensemble.end }
}

async function membersOf(client: Client, ensemble: string): Promise<Row[]> {
  const rows: Row[] = []
  for (let index = 0; index < MEMBERS; index += 1) {
    const run = await client.json<RunView>(`/v1/runs/${ensemble}-${index}`)
    rows.push({ label: shortId(run.id), run })
  }
  return rows
}
