// What an administrator's script does by qlik-repo-api: over mutual TLS, and through a virtual proxy by token and by header.
import assert from 'node:assert/strict'
import { createSign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import https from 'node:https'
import { QlikRepoApi } from 'qlik-repo-api'
import { given, step } from './tenant.mjs'

const read = (name) => readFileSync(`${given.certs}/${name}`)
const ca = read('root.pem')
const file = Buffer.alloc(300_000, 7)
file.set([0xff, 0xff, 0x01, 0x00, 0xc1, 0x06])

/** A token as a portal signs it, by the key that the virtual proxy trusts. */
function token() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ userId: 'sa_api', userDirectory: 'INTERNAL', exp: Math.floor(Date.now() / 1000) + 600 })}`
  return `${text}.${createSign('RSA-SHA256').update(text).sign(read('jwt_key.pem')).toString('base64url')}`
}

const proxy = { host: '127.0.0.1', port: given.proxyPort, httpsAgent: new https.Agent({ ca }) }
const clients = {
  certificate: new QlikRepoApi.client({
    host: '127.0.0.1', port: given.port, authentication: { user_dir: 'INTERNAL', user_name: 'sa_api' },
    httpsAgent: new https.Agent({ ca, cert: read('client.pem'), key: read('client_key.pem') }),
  }),
  token: new QlikRepoApi.client({ ...proxy, proxy: 'jwt', authentication: { token: token() } }),
  header: new QlikRepoApi.client({ ...proxy, proxy: 'hdr', authentication: { header: 'X-Qlik-Hdr', user: 'INTERNAL\\sa_api' } }),
}

for (const [way, site] of Object.entries(clients)) await step(way, () => visit(way, site))
for (const agent of [proxy.httpsAgent, clients.certificate.repoConfig.httpsAgent]) agent.destroy()

async function visit(way, site) {
  assert.equal((await site.about.get()).schemaPath, 'About')
  const finance = await site.apps.getFilter({ filter: "stream.name eq 'Finance' and published eq true", orderBy: 'name' })
  assert.deepEqual(finance.map((app) => app.details.name), ['Cash flow forecast', 'Group P&L'])

  const property = await site.customProperties.create({ name: `Area${way}`, choiceValues: ['a', 'b'], objectTypes: ['App', 'User'] })
  const tag = await site.tags.create({ name: `tag of ${way}` })
  const stream = await site.streams.create({ name: `Stream of ${way}`, tags: [tag.details.name] })
  const app = await site.apps.upload({ name: `Up ${way}`, file })
  await app.update({ name: `Sales ${way}`, customProperties: [`Area${way}=a`, `Area${way}=b`], tags: [tag.details.name] })
  assert.deepEqual([app.details.name, app.details.customProperties.length], [`Sales ${way}`, 2])
  await app.publish({ stream: stream.details.name })
  assert.deepEqual([app.details.published, app.details.stream.name], [true, stream.details.name])

  const parts = []
  for await (const part of (await app.export({ skipData: false })).file) parts.push(part)
  assert.deepEqual(Buffer.concat(parts), file)

  const copy = await app.copy({ name: 'Copy', includeCustomProperties: true })
  assert.equal(copy.details.customProperties.length, 2)
  const user = await site.users.create({ userDirectory: 'TESTING', userId: way })
  await user.update({ customProperties: [`Area${way}=a`, `Area${way}=b`] })
  await user.update({ customProperties: [`Area${way}=a`] }, { customPropertyOperation: 'remove' })
  assert.deepEqual(user.details.customProperties.map((one) => one.value), ['b'])
  for (const entity of [copy, app, stream, user, tag, property]) assert.equal(await entity.remove(), 204)
}
