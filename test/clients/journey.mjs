// The journey of an administrator's script through a tenant, by @qlik/api and tus-js-client as they are published.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import qlik from '@qlik/api'
import { given, limitNextCall, pause, step } from './tenant.mjs'
import { uploadFile, uploadLimited } from './upload.mjs'

const { apps, audits, auth, items, spaces, tempContents, tenants, users, webhooks } = qlik
const hostConfig = { host: given.host, ...given.signIn }
const small = new Uint8Array(70_000).fill(7)
small.set([0xff, 0xff, 0x01, 0x00, 0xc1, 0x06])

await step('sign in', async () => {
  auth.setDefaultHostConfig(hostConfig)
  const [me, tenant] = [await users.getMyUser(), await tenants.getMyTenant()]
  assert.equal(me.data.tenantId, tenant.data.id)
})

const [shared, managed] = await step('create spaces', () => Promise.all(['shared', 'managed'].map(async (type) => {
  const made = await spaces.createSpace({ name: `${given.name} ${type}`, type })
  assert.equal(made.status, 201)
  return made.data.id
})))

const token = given.signIn.apiKey ?? await auth.getAccessToken({ hostConfig })
const large = await step('upload 200 MB over a line that is cut', () => uploadFile(given.line, token, given.file, given.size))
const limited = await step('upload while rate-limited', () => uploadLimited(given.host, token, Buffer.from(small)))

const source = await step('import', () => importApp('Sales', large))

const published = await step('publish', async () => {
  const { status, data } = await apps.publishApp(source.id, { spaceId: managed, attributes: { name: 'Sales', description: 'monthly' } })
  assert.equal(status, 200)
  assert.notEqual(data.attributes.id, source.id)
  assert.equal(data.attributes.originAppId, source.id)
  assert.ok(data.attributes.publishTime)
  return data.attributes
})

await step('republish', async () => {
  const next = await importApp('Sales next', limited)
  const { data } = await apps.republishApp(next.id, { targetId: published.id, checkOriginAppId: false, attributes: { name: 'Sales 2' } })
  assert.equal(data.attributes.id, published.id)
  const { data: now } = await apps.getAppInfo(published.id, { noCache: true })
  assert.deepEqual([now.attributes.name, now.attributes.spaceId], ['Sales 2', managed])
})

await step('list items over several pages', async () => {
  const made = [source.id]
  const plain = await uploadPlain()
  for (let n = 0; n < 11; n++) made.push((await importApp(`Item ${n}`, plain)).id)
  const seen = []
  let pages = 0
  for (let page = await items.getItems({ resourceType: 'app', spaceId: shared, limit: 5 }); page; page = await page.next?.({ noCache: true })) {
    seen.push(...page.data.data.map((item) => item.resourceId))
    pages++
  }
  const missing = made.filter((id) => !seen.includes(id))
  assert.deepEqual([missing, new Set(seen).size], [[], seen.length])
  assert.equal(pages, Math.ceil(seen.length / 5))
})

await step('export and compare', async () => {
  const { status, headers } = await apps.exportApp(source.id, {})
  assert.equal(status, 201)
  const { data } = await tempContents.downloadTempFile(headers.get('location').split('/').pop(), {}, { timeoutMs: 120_000 })
  const sum = createHash('sha256')
  for await (const part of data.stream()) sum.update(part)
  assert.deepEqual([data.size, sum.digest('hex')], [given.size, given.sha256])
})

await step('hear what happened', async () => {
  const { data: page } = await audits.getAudits({ eventType: 'com.qlik.app.published', limit: 100 })
  assert.ok(page.data.some((event) => event.data.id === published.id && event.extensions.spaceId === managed))
  const { data: types } = await webhooks.getWebhookEventTypes()
  const { data: hook, status } = await webhooks.createWebhook({ name: `${given.name} hook`, url: 'https://hooks.invalid/in', eventTypes: types.data.map((type) => type.name) })
  assert.equal(status, 201)
  await webhooks.patchWebhook(hook.id, [{ op: 'replace', path: '/enabled', value: false }])
  assert.equal((await webhooks.getWebhook(hook.id, { noCache: true })).data.enabled, false)
  assert.equal((await webhooks.deleteWebhook(hook.id)).status, 204)
})

await step('be rate-limited and recover', async () => {
  const ask = () => items.getItems({ resourceType: 'app', limit: 1 }, { noCache: true })
  await limitNextCall('items', 1)
  const refusal = await ask().then(() => assert.fail('not refused'), (error) => error)
  assert.equal(refusal.status, 429)
  assert.equal(refusal.data.errors[0].code, 'HTTP-429')
  await pause(Number(refusal.headers.get('retry-after')))
  assert.equal((await ask()).status, 200)
})

async function importApp(name, fileId) {
  const { status, data } = await apps.importApp({ mode: 'new', name, fileId, spaceId: shared }, undefined)
  assert.equal(status, 200)
  return data.attributes
}

async function uploadPlain() {
  const { status, headers } = await tempContents.uploadTempFile({ filename: 'Item.qvf', ttl: 600 }, new Blob([small]))
  assert.equal(status, 201)
  return headers.get('location').split('/').pop()
}
