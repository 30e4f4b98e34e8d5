import { isMap, isScalar, isSeq, parseDocument } from 'yaml'

export type Node = Record<string, unknown>

interface Template {
  readonly Parameters: Record<string, Node>
  readonly Conditions: Node
  readonly Mappings: Record<string, Record<string, Node>>
  readonly Resources: Record<string, Node>
}

/** A template as JSON would say it: `!Ref X` is `{ Ref: X }`. CloudFormation reads YAML 1.1. */
function read(text: string): Template {
  const plain = (node: unknown): unknown => {
    const { tag } = node as { tag?: string }
    const written = isMap(node)
      ? Object.fromEntries(node.items.map(({ key, value }) => [String(key), plain(value)]))
      : isSeq(node)
        ? node.items.map(plain)
        : isScalar(node)
          ? node.value
          : undefined
    if (!tag?.startsWith('!')) return written
    return { [tag === '!Ref' ? 'Ref' : `Fn::${tag.slice(1)}`]: written }
  }
  return plain(parseDocument(text, { version: '1.1', logLevel: 'silent' }).contents) as Template
}

/** What a template comes to in one account, by CloudFormation's own rules. */
export function deployed(
  text: string,
  account: string,
  parameters: Readonly<Record<string, unknown>> = {},
  partition = 'aws',
) {
  const template = read(text)
  const own = (name: string) => {
    if (name === 'AWS::AccountId') return account
    if (name === 'AWS::Partition') return partition
    const provider = template.Resources[name]?.Properties as Node | undefined
    // A reference to a resource; of those only the provider is referred to.
    if (provider) return `arn:${partition}:iam::${account}:saml-provider/${value(provider.Name)}`
    return parameters[name] ?? template.Parameters[name]?.Default
  }
  const holds = (name: string): boolean => value(template.Conditions[name]) as boolean
  const value = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(value)
    if (typeof node !== 'object' || node === null) return node
    const [[call = '', given] = []] = Object.entries(node as Node)
    const list = given as unknown[]
    if (call === 'Ref') return given === 'AWS::NoValue' ? undefined : own(String(given))
    if (call === 'Condition') return holds(String(given))
    if (call === 'Fn::If') return value(holds(String(list[0])) ? list[1] : list[2])
    if (call === 'Fn::Not') return !value(list[0])
    if (call === 'Fn::And') return list.every((one) => value(one) === true)
    if (call === 'Fn::Equals') return value(list[0]) === value(list[1])
    if (call === 'Fn::Join') return [value(list[1])].flat().join(String(list[0]))
    if (call === 'Fn::Sub')
      return String(given).replace(/\$\{(!?)([^}]+)\}/g, (_, literal, name) =>
        literal ? `\${${name}}` : String(own(name)),
      )
    if (call === 'Fn::FindInMap') {
      const [map, top, second] = list.map((one) => String(value(one)))
      return template.Mappings[map ?? '']?.[top ?? '']?.[second ?? '']
    }
    const entries = Object.entries(node as Node).map(([key, inner]) => [key, value(inner)] as const)
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
  }
  return Object.entries(template.Resources).flatMap(([id, { Type, Condition, Properties }]) =>
    Condition === undefined || holds(String(Condition))
      ? [{ id, type: Type, properties: value(Properties) as Node }]
      : [],
  )
}
