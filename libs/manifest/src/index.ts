export { checkManifest, errorsOfManifest, type ManifestFault } from './check-manifest.ts'
