const reference = /\$\{([A-Z_][A-Z0-9_]*)(?::-([^}]*))?\}/g

/**
 * Replaces `${NAME}` and `${NAME:-default}` by values of the environment; names have capital letters only, so
 * that templates such as `${account}` stay as they are. As in a shell, `:-` also stands in for an empty value.
 * `missing` is told of names without value and default.
 */
export function substitute(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  missing: (name: string) => void,
): string {
  return text.replace(reference, (whole, name: string, fallback: string | undefined) => {
    const value = env[name]
    if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
    if (value !== undefined) return value
    missing(name)
    return whole
  })
}
