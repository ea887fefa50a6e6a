import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createPolicyInForce } from '../policy/policy-in-force.ts';
import { policyOf, until } from '../test/front-door.harness.ts';
import { createOutgoing } from './outgoing.io.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0).toReversed()) close();
});

/** The first byte of a TLS record that shakes hands (RFC 8446, section 5.1). */
const HANDSHAKE = 22;

it.each(['https', 'HTTPS', 'Https'])('an upstream by %s is only spoken to in TLS', async (scheme) => {
  const got: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      got.push(bytes);
      socket.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const policy = policyOf();
  const events = { ejected: () => {}, returned: () => {}, overloaded: () => {}, retried: () => {} };
  const outgoing = createOutgoing(
    createPolicyInForce(() => policy),
    events,
    () => performance.now(),
    1_000,
  );
  closing.push(() => server.close(), outgoing.close);
  let isFailed = false;
  outgoing.upstreams.send(
    { agent: 'support', label: 'v1', siblings: 1, retryable: false },
    {
      upstream: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
      method: 'POST',
      path: '/chat/completions',
      headerLines: 'authorization: Bearer secret\r\n',
      body: Buffer.from('{}'),
    },
    { onHead: () => {}, onData: () => {}, onEnd: () => {}, onFailure: () => (isFailed = true) },
  );
  await until(() => isFailed, 'the failure');
  expect(got[0]?.[0]).toBe(HANDSHAKE);
  expect(Buffer.concat(got).includes('secret')).toBe(false);
});
