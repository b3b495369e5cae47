// What an administrator's script does with a site, by qrs-interact over mutual TLS: find apps, publish, set custom properties, be told of
// changes, export and download, and meet conflicts.
import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { once } from 'node:events'
import QRS from 'qrs-interact'
import { given, step } from './tenant.mjs'

const qrs = new QRS({
  hostname: '127.0.0.1', portNumber: given.port, repoAccount: 'UserDirectory=INTERNAL;UserId=sa_api',
  certificates: { certFile: `${given.certs}/client.pem`, keyFile: `${given.certs}/client_key.pem` },
})
const get = async (path) => (await qrs.Get(path)).body
const refused = (promise, status) => assert.rejects(async () => promise, new RegExp(`Received error code: ${status}`))

await step('about', async () => assert.equal((await get('about')).schemaPath, 'About'))

await step('list and filter', async () => {
  const all = await get('app/full')
  assert.equal((await get('app/count')).value, all.length)
  const finance = await get("app/full?filter=stream.name eq 'Finance' and published eq true&orderby=name")
  assert.deepEqual(finance.map((app) => app.name), ['Cash flow forecast', 'Group P&L'])
  // A slash makes qrs-interact append ?xrfkey= behind the query.
  assert.equal((await get("app?filter=name%20ne%20'a/b'")).length, all.length)
  assert.equal((await get("app?filter=createdDate gt '2020-01-01T00:00:00.000Z'")).length, all.length)
})

const heard = []
const listener = createServer(async (request, response) => {
  let body = ''
  for await (const part of request) body += part
  heard.push(...JSON.parse(body))
  response.end()
  listener.emit('heard')
}).listen(0, '127.0.0.1')
await once(listener, 'listening')

const handle = await step('subscribe', async () => {
  const address = `http://127.0.0.1:${listener.address().port}/${randomUUID()}`
  const answer = await qrs.Post('notification?name=App&changeType=update&propertyName=published', address, 'json')
  assert.equal(answer.statusCode, 201)
  return answer.body.value
})

const draft = (await get("app?filter=name eq 'Headcount plan'"))[0]
await step('publish, and be told', async () => {
  const stream = (await get("stream?filter=name eq 'HR'"))[0]
  const told = once(listener, 'heard')
  const { body: app } = await qrs.Put(`app/${draft.id}/publish?stream=${stream.id}&name=Headcount`, {})
  assert.deepEqual([app.id, app.published, app.stream.name, app.name], [draft.id, true, 'HR', 'Headcount'])
  await told
  assert.deepEqual([heard[0].objectID, heard[0].changeType, heard[0].objectType], [draft.id, 2, 'App'])
  assert.equal((await qrs.Delete(`notification?handle=${handle}`)).statusCode, 204)
})

await step('custom properties and conflicts', async () => {
  const [definition] = await get("custompropertydefinition/full?filter=name eq 'Cloud'")
  const before = await get(`app/${draft.id}`)
  const { body: after } = await qrs.Put(`app/${draft.id}`, { ...before, customProperties: [{ value: 'eu', definition }] })
  assert.equal(after.customProperties[0].definition.name, 'Cloud')
  await refused(qrs.Put(`app/${draft.id}`, { ...before, name: 'Too late' }), 409)
  assert.equal((await get("app?filter=customProperties.value eq 'eu' and name eq 'Headcount'")).length, 1)
})

await step('export and download', async () => {
  const token = randomUUID()
  const { statusCode, body } = await qrs.Post(`app/${draft.id}/export/${token}?skipData=false`, '', 'json')
  assert.deepEqual([statusCode, body.exportToken, body.cancelled], [201, token, false])
  const { body: file } = await qrs.Get(body.downloadPath)
  const content = await fetch(`${given.hub}/sandbox/v1/apps/${draft.id}/content`, { headers: { Authorization: `Bearer ${given.key}` } })
  const sum = (bytes) => createHash('sha256').update(bytes).digest('hex')
  assert.equal(sum(file), sum(Buffer.from(await content.arrayBuffer())))
  await refused(qrs.Get(body.downloadPath), 404)
})

await step('delete', async () => {
  assert.equal((await qrs.Delete(`app/${draft.id}`)).statusCode, 204)
  await refused(qrs.Get(`app/${draft.id}`), 404)
})
listener.closeAllConnections()
listener.close()
