/**
 * A manifest as a file beside its model (`model.yaml`): it may name files that stand beside it, which the command line
 * writes into it or uploads. For editors; what is registered has the form of `Manifest`.
 */
import { z } from 'zod'
import { few, FileName, InputSource, MOST_INPUTS } from './grammar.ts'
import { FileToRender, InputDeclared, Manifest, ModelTest, MOST_FILES } from './manifest.ts'
import { PlacePath } from './setup.ts'

const LOCAL = 'the path of a file below the folder of the manifest, for example ./data/rain.csv'

const LocalPath = z
  .string()
  .regex(/^(?![/]|[A-Za-z][A-Za-z0-9+.-]*:|(?:.*\/)?\.\.(?:\/|$)).+$/, LOCAL)
  .meta({ id: 'LocalPath', description: LOCAL })

const FileFromSource = z
  .strictObject({
    source: LocalPath.meta({ description: 'the file that has the template' }),
    description: FileToRender.shape.description,
  })
  .meta({ id: 'FileFromSource' })

const SourceOrFile = z.union([InputSource, LocalPath])

export const ManifestFile = z
  .strictObject({
    ...Manifest.shape,
    files: few(PlacePath, z.union([FileToRender, FileFromSource]), MOST_FILES, 'files').optional(),
    inputs: few(
      FileName,
      z
        .strictObject({ ...InputDeclared.shape, default: SourceOrFile.optional() })
        .meta({ id: 'InputDeclaredInFile' }),
      MOST_INPUTS,
      'inputs',
    ).default({}),
    test: z
      .strictObject({
        ...ModelTest.shape,
        inputs: few(FileName, SourceOrFile, MOST_INPUTS, 'inputs').optional(),
        outputs: z.record(z.string().min(1).max(256), SourceOrFile).optional(),
      })
      .meta({ id: 'ModelTestInFile' })
      .optional(),
  })
  .meta({ id: 'ManifestFile', description: 'A manifest as a file (`model.yaml`), for editors' })
