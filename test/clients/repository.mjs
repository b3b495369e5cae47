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

await step('sheets: published ones travel, private ones do not', async () => {
  const own = (path, body) => fetch(`${given.hub}/sandbox/v1/${path}`, { method: 'POST', headers: { Authorization: `Bearer ${given.key}` }, body: JSON.stringify(body) })
  assert.equal((await own(`apps/${draft.id}/sheet`, { name: 'Scratch', kind: 'private' })).status, 204)
  const [sheet] = await get(`app/object/full?filter=app.id eq ${draft.id} and name eq 'Scratch' and objectType eq 'sheet'`)
  assert.deepEqual([sheet.published, sheet.approved, sheet.app.id, sheet.schemaPath], [false, false, draft.id, 'App.Object'])
  const size = async () => {
    const { body } = await qrs.Post(`app/${draft.id}/export/${randomUUID()}?exportScope=published`, '', 'json')
    return (await qrs.Get(body.downloadPath)).body.length
  }
  const without = await size()
  const { body: published } = await qrs.Put(`app/object/${sheet.id}/publish`, {})
  assert.equal(published.published, true)
  assert.ok(await size() > without)
  assert.equal((await qrs.Put(`app/object/${sheet.id}/unpublish`, {})).body.published, false)
})

await step('a table, in pages', async () => {
  const columns = ['id', 'name', 'stream.name'].map((name) => ({ name, columnType: 'Property', definition: name }))
  const { statusCode, body } = await qrs.Post('App/table?skip=1&take=2&sortColumn=name&orderAscending=true', { entity: 'App', columns }, 'json')
  assert.deepEqual([statusCode, body.columnNames.length, body.rows.length], [201, 3, 2])
})

await step('many at once', async () => {
  const { body } = await qrs.Post('tag/many', [{ name: 'one' }, { name: 'two' }], 'json')
  assert.deepEqual(body.map((tag) => tag.name), ['one', 'two'])
})

await step('a reload task, and how it went', async () => {
  const { body: task } = await qrs.Post('reloadtask', { app: { id: draft.id }, enabled: true, name: 'Nightly' }, 'json')
  const { body: session } = await qrs.Post(`task/${task.id}/start/synchronous`, '', 'json')
  const [result] = await get(`executionresult?filter=ExecutionId eq ${session.value}`)
  assert.equal(result.status, 7)
  assert.equal((await get(`reloadtask/${task.id}`)).operational.lastExecutionResult.id, result.id)
})

await step('delete', async () => {
  assert.equal((await qrs.Delete(`app/${draft.id}`)).statusCode, 204)
  await refused(qrs.Get(`app/${draft.id}`), 404)
})
listener.closeAllConnections()
listener.close()
