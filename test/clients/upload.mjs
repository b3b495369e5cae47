// Uploads by tus-js-client, as it is published.
import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { Upload } from 'tus-js-client'
import { limitNextCall, pause } from './tenant.mjs'

const files = '/api/v1/temp-contents/files'
const chunkSize = 16 << 20

/** Uploads a file and gives its id. The client itself asks for the offset and goes on when the line is cut. */
export async function uploadFile(host, token, path, size) {
  const calls = []
  const upload = prepare(host, token, createReadStream(path, { highWaterMark: 1 << 20 }), size, calls)
  await finish(upload)
  assert.ok(calls.includes('HEAD'), `the line was not cut: ${calls}`)
  return upload.url.split('/').pop()
}

/** Uploads bytes although the tenant refuses the first part with 429: this client leaves that to its caller. */
export async function uploadLimited(host, token, bytes) {
  const calls = []
  const upload = prepare(host, token, bytes, bytes.length, calls)
  await limitNextCall('tus-patch', 1)
  const refusal = await finish(upload).then(() => assert.fail('not refused'), (error) => error.originalResponse)
  assert.equal(refusal.getStatus(), 429)
  await pause(Number(refusal.getHeader('Retry-After')))
  await finish(upload)
  assert.deepEqual(calls, ['POST', 'PATCH', 'HEAD', 'PATCH'])
  return upload.url.split('/').pop()
}

function prepare(host, token, source, size, calls) {
  return new Upload(source, {
    endpoint: host + files,
    headers: { Authorization: `Bearer ${token}` },
    metadata: { filename: 'Sales.qvf', ttl: '3600' },
    uploadSize: size,
    chunkSize,
    retryDelays: [100, 500, 1000, 3000],
    onBeforeRequest: (request) => { calls.push(request.getMethod()) },
  })
}

function finish(upload) {
  return new Promise((resolve, reject) => {
    upload.options.onSuccess = resolve
    upload.options.onError = reject
    upload.start()
  })
}
