// What both journeys share: the tenant as the test has started it, and steps that say how long they took.
import { performance } from 'node:perf_hooks'

/** What the test knows: host, line (the same host by a line that is cut once), file, size, sha256 and how to sign in. */
export const given = JSON.parse(process.env.JOURNEY)

/** Does a step and prints that it went well; a step that fails ends the journey. */
export async function step(name, act) {
  const began = performance.now()
  const result = await act()
  console.log(`${name}: ${Math.round(performance.now() - began)} ms`)
  return result
}

export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** Makes the sandbox refuse the next call of an endpoint by its own API: 429 with Retry-After (docs/sandbox-tenant.md). */
export async function limitNextCall(endpoint, seconds) {
  const answer = await fetch(`${given.host}/sandbox/v1/faults`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${given.adminKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ kind: 'rate-limit', endpoint, calls: 1, seconds }),
  })
  if (answer.status !== 201) throw new Error(`no rate limit: ${answer.status} ${await answer.text()}`)
}
