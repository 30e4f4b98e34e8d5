/**
 * The verbs that decide, each one script, so that Redis runs it as one step. Entries are `<expiresAt>:<value>`;
 * expiry is judged by the caller's clock (ARGV[1]), Redis' own TTL (ARGV[3], milliseconds or empty) is only the
 * broom that comes later.
 */
const split = `
local raw = redis.call('GET', KEYS[1])
local colon = raw and string.find(raw, ':', 1, true)
local ends = colon and string.sub(raw, 1, colon - 1)
local alive = raw and (ends == '' or tonumber(ends) > tonumber(ARGV[1]))
local function set(text, ttl)
  if ttl == '' then redis.call('SET', KEYS[1], text) else redis.call('SET', KEYS[1], text, 'PX', ttl) end
end
`

/** ARGV: now, entry, ttl. */
export const putIfAbsentScript = `${split}
if alive then return 0 end
set(ARGV[2], ARGV[3])
return 1
`

/** ARGV: now, next entry, ttl, expected value, `keep` to keep the expiry (the entry then comes without one). */
export const swapScript = `${split}
if not alive or string.sub(raw, colon + 1) ~= ARGV[4] then return 0 end
if ARGV[5] == 'keep' then
  redis.call('SET', KEYS[1], ends .. ARGV[2], 'KEEPTTL')
else
  set(ARGV[2], ARGV[3])
end
return 1
`

/** ARGV: now, first entry, ttl. */
export const incrementScript = `${split}
if not alive then
  set(ARGV[2], ARGV[3])
  return 1
end
local value = string.sub(raw, colon + 1)
if not string.find(value, '^%d+$') or #value > 15 then
  return redis.error_reply('this key holds a value that is no counter')
end
local next = tonumber(value) + 1
redis.call('SET', KEYS[1], ends .. ':' .. string.format('%.0f', next), 'KEEPTTL')
return next
`
