interface Lock {
  readonly name: string
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly dev?: boolean }>
  >
}

/** What the reviewed list lacks or says too much of, in sentences. */
export function dependencyFaults(
  lock: Lock,
  reviewed: Readonly<Record<string, { readonly versions: readonly string[]; readonly licence: string }>>,
): readonly string[]

interface Component {
  readonly 'bom-ref': string
  readonly group?: string
  readonly name: string
  readonly version: string
}

interface Sbom {
  readonly metadata: { readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

/** A bill of materials without what is for development alone. */
export function productionOf(sbom: Sbom, lock: Lock): Sbom
