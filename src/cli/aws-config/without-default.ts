import { linesOf, titleOf } from './ini.ts'

/**
 * Settings of a profile that say how to call AWS and never who calls. A list of what stays, because AWS goes on
 * inventing ways to name credentials (`login_session` was one).
 */
const harmless =
  /^(region|output|cli_\w+|ca_bundle|services|endpoint_url|ignore_configured_endpoint_urls|use_(fips|dualstack)_endpoint|sts_regional_endpoints|s3|retry_mode|max_attempts|defaults_mode|parameter_validation|tcp_keepalive|api_versions|(re(quest|sponse))_\w+|disable_request_compression|account_id_endpoint_mode|sdk_ua_app_id)$/

/** A configuration in which the default profile leads to no credentials; every other line is as it was. */
export function withoutDefaultCredentials(config: string): string {
  let [inDefault, nested] = [false, false]
  const kept = linesOf(config).filter((line) => {
    const title = titleOf(line)
    if (title !== undefined) {
      ;[inDefault, nested] = [isDefault(title), false]
      return true
    }
    if (!inDefault || /^\s*([#;].*)?$/.test(line)) return true
    // Indented lines are settings of the one above if that has no value; else SDKs differ on what they are.
    if (/^\s/.test(line)) return nested
    const [, name = '', value = ''] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    const stays = harmless.test(name)
    nested = stays && value === ''
    return stays
  })
  return kept.join('')
}

/** A file of keys without those of the default profile. */
export function withoutDefaultKeys(credentials: string): string {
  let inDefault = false
  const kept = linesOf(credentials).filter((line) => {
    const title = titleOf(line)
    if (title !== undefined) inDefault = isDefault(title)
    return !inDefault
  })
  return kept.join('')
}

const isDefault = (title: string) => title === 'default' || title === 'profile default'
