import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { answerJson, completion, startFrontDoor, startUpstream, until, viewOf } from './front-door.harness.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'coalmine-tls-'));
const tls = { certFile: path.join(dir, 'cert.pem'), keyFile: path.join(dir, 'key.pem') };
let ca = '';
beforeAll(async () => {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  ca = made.cert;
  writeFileSync(tls.certFile, made.cert);
  writeFileSync(tls.keyFile, made.private);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const chat = (port: number): Promise<{ status: number; body: string; protocol: string | null }> =>
  new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/v1/chat/completions', method: 'POST', ca }, (res) => {
      let body = '';
      res.on('data', (chunk: Buffer) => (body += chunk.toString()));
      const protocol = (res.socket as unknown as { getProtocol(): string | null }).getProtocol();
      res.on('end', () => resolve({ status: res.statusCode ?? 0, body, protocol }));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify({ model: 'support', user: 'u', messages: [] }));
  });

it('serves HTTPS and secure WebSockets with the certificate that it is given', async () => {
  const upstream = await startUpstream((res) => answerJson(res, completion('secret hello')));
  const door = await startFrontDoor({ views: [viewOf(upstream.url, upstream.url, 0)], tls });
  const { status, body, protocol } = await chat(door.server.port);
  expect(status).toBe(200);
  expect(body).toContain('secret hello');
  expect(protocol).toMatch(/^TLSv1\.[23]$/);
  expect((await until(() => door.exchanges()[0], 'the exchange')).outcome).toBe('ok');

  // Its upstream speaks no WebSocket: the refusal comes over TLS all the same.
  const socket = new WebSocket(`wss://127.0.0.1:${door.server.port}/agents/support/ws`, { ca });
  socket.on('error', () => {});
  const refusal = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
  });
  expect(refusal).toBe(502);
  await door.close();
  await upstream.close();
});

it('a client that offers HTTP/2 over TLS is left to speak HTTP/1.1', async () => {
  const door = await startFrontDoor({ views: [], tls });
  const socket = connect({ host: '127.0.0.1', port: door.server.port, ca, ALPNProtocols: ['h2', 'http/1.1'] });
  await new Promise((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  expect(['http/1.1', false]).toContain(socket.alpnProtocol);
  socket.destroy();
  await door.close();
});

it.each([
  ['whole', 'application/json', 3_000],
  ['long', 'application/json', 8_000_000],
  ['as a stream', 'text/event-stream', 8_000_000],
])('answers a request in chunks, the last of its connection, %s', async (_name, type, length) => {
  const upstream = await startUpstream((res) =>
    res.writeHead(200, { 'content-type': type, 'content-length': length }).end(Buffer.alloc(length, 'x')),
  );
  const views = [viewOf(upstream.url, upstream.url, 0)];
  const door = await startFrontDoor({ views, tls, captureLimitBytes: 16_000_000 });
  const received = await new Promise<number>((resolve, reject) => {
    const options = { host: '127.0.0.1', port: door.server.port, path: '/agents/support/x', method: 'POST', ca };
    const sent = request(options, (res) => {
      let sizeBytes = 0;
      res.on('data', (chunk: Buffer) => {
        sizeBytes += chunk.length;
        // So slow that not all fits into what the system holds for it.
        res.pause();
        setTimeout(() => res.resume(), 1);
      });
      res.on('end', () => resolve(sizeBytes));
      res.on('error', reject);
    });
    sent.on('error', reject);
    sent.setHeader('transfer-encoding', 'chunked');
    sent.write('a');
    sent.end('b');
  });
  expect(received).toBe(length);
  await door.close();
  await upstream.close();
});

it('a certificate that can not be read is an error that names the files', async () => {
  const options = { views: [], tls: { certFile: path.join(dir, 'none.pem'), keyFile: tls.keyFile } };
  await expect(startFrontDoor(options)).rejects.toThrow(/INGRESS_TLS_CERT .*none\.pem and INGRESS_TLS_KEY/);
});
