import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parse, parseAllDocuments } from 'yaml'

const chart = fileURLToPath(new URL('../../packaging/helm/rolebridge', import.meta.url))
const read = (name: string) => readFileSync(join(chart, name), 'utf8')
const helm = process.env.HELM
const validate = process.env.KUBERNETES_VALIDATE

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
}
interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> }
  readonly spec: Readonly<Record<string, never>>
}

/** Keys with the keys of their blocks; a block that the schema leaves open is one key. */
function keys(value: Readonly<Record<string, unknown>>, schema: Schema, path = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const below = schema.properties?.[name]
    return below?.properties
      ? keys(inner as Record<string, unknown>, below, `${path}${name}.`)
      : [path + name]
  })
}

test('each value of the chart is in its schema, and the schema knows no other', () => {
  const schema: Schema = JSON.parse(read('values.schema.json'))
  const allowed = (of: Schema, path = ''): readonly string[] =>
    Object.entries(of.properties ?? {}).flatMap(([name, inner]) =>
      inner.properties ? allowed(inner, `${path}${name}.`) : [path + name],
    )
  const expected = allowed(schema).filter((name) => name !== 'global')
  assert.deepEqual([...keys(parse(read('values.yaml')), schema)].sort(), [...expected].sort())
})

test('the chart is of the program’s version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const { appVersion, version: own } = parse(read('Chart.yaml'))
  assert.deepEqual([appVersion, own], [version, version])
})

describe('helm', { skip: helm ? false : 'There is no Helm here; npm run chart brings one.' }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-chart-'))
  after(() => rmSync(folder, { recursive: true }))
  const config = join(folder, 'rolebridge.yaml')
  writeFileSync(config, 'baseUrl: https://aws.corp.example\nsecret: ${file:/etc/rolebridge/keys/secret}\n')
  const given = ['--set-file', `config=${config}`]
  const everything = [
    ...given,
    ...['autoscaling.enabled', 'serviceMonitor.enabled', 'ingress.enabled'].flatMap((name) => [
      '--set',
      `${name}=true`,
    ]),
    ...[
      '--set',
      'ingress.tlsSecret=tls',
      '--set',
      'envFromSecrets={redis}',
      '--set',
      'ingress.className=nginx',
    ],
  ]
  const run = (...args: readonly string[]) => spawnSync(helm ?? '', args, { encoding: 'utf8' })
  const template = (...args: readonly string[]) =>
    run('template', 'corp', chart, '--kube-version', '1.31.0', ...args)
  const resources = (...args: readonly string[]) => {
    const { stdout, stderr, status } = template(...args)
    assert.equal(status, 0, stderr)
    return parseAllDocuments(stdout).map((document) => document.toJS() as Resource)
  }

  test('lints it, strictly', () => {
    const { status, stdout, stderr } = run('lint', '--strict', chart, ...given)
    assert.equal(status, 0, stdout + stderr)
  })

  test('renders pods that the profile “restricted” lets in, with probes, and no Secret of its own', () => {
    const all = resources(...everything)
    assert.deepEqual(
      all.map(({ kind }) => kind).sort(),
      'ConfigMap Deployment HorizontalPodAutoscaler Ingress NetworkPolicy PodDisruptionBudget Service ServiceMonitor'.split(
        ' ',
      ),
    )
    const deployment = all.find(({ kind }) => kind === 'Deployment')
    const { template: pod, replicas } = (deployment?.spec ?? {}) as unknown as {
      template: { spec: { securityContext: object; containers: Record<string, unknown>[] } }
      replicas?: number
    }
    assert.equal(replicas, undefined, 'the autoscaler decides')
    const [container = {}] = pod.spec.containers
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.deepEqual(pod.spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      fsGroup: 65532,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      assert.ok(container[probe], probe)
    for (const { metadata } of all) assert.equal(metadata.name, 'corp-rolebridge')
  })

  test('refuses what is no value, and a release without a configuration', () => {
    assert.match(
      template(...given, '--set', 'secret=hunter2').stderr,
      /additional properties 'secret' not allowed/,
    )
    assert.match(template(...given, '--set', 'image.digest=latest').stderr, /image\/digest|image.digest/)
    assert.match(template().stderr, /config: the text of rolebridge\.yaml/)
  })

  const skip = validate ? false : 'There is no kubernetes-validate here.'
  test('renders what the schemas of Kubernetes know, least and most', { skip }, () => {
    for (const [name, args] of Object.entries({ least: given, most: everything })) {
      const file = join(folder, `${name}.yaml`)
      // A ServiceMonitor is the Prometheus Operator's, which Kubernetes knows nothing of.
      const known = template(...args)
        .stdout.split(/^---$/m)
        .filter((text) => !text.includes('kind: ServiceMonitor'))
      writeFileSync(file, known.join('---'))
      const { status, stdout, stderr } = spawnSync(validate ?? '', ['--strict', file], { encoding: 'utf8' })
      assert.equal(status, 0, stdout + stderr)
    }
  })
})
