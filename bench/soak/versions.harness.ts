import { startEchoVersion } from '../../ingress/test/http-abuse-play.harness.ts';
import { echo, startSocketUpstream } from '../../ingress/uws/uws-websocket.harness.ts';

/**
 * The versions behind the front door, in a process of their own, so that whoever has no time for them is not who abuses it. It says
 * {upstream, pausing, sockets} (URLs) when it is ready; told {stop}, it says which requests came to it that should never have.
 */

const BIG_BYTES = 5_000_000;
/** Longer than the server waits for an idle connection: nobody may be cut off for a pause between two events. */
const PAUSE_MS = 15_000;

const event = Buffer.from(`data: ${'x'.repeat(9_992)}\n\n`);

const version = await startEchoVersion((req, res) => {
  if (req.url?.endsWith('/big') !== true) return false;
  let sent = 0;
  const pump = (): void => {
    for (; sent < BIG_BYTES; sent += event.length) if (!res.write(event)) return void res.once('drain', pump);
    res.end();
  };
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  pump();
  return true;
});
const pausing = await startEchoVersion((_req, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.write('data: {"choices":[]}\n\n');
  setTimeout(() => res.end('data: [DONE]\n\n'), PAUSE_MS);
  return true;
});
const socketVersion = await startSocketUpstream(echo);

process.on('disconnect', () => process.exit(1));
process.on('message', (told: { stop?: boolean }) => {
  if (told.stop === true) process.send!({ smuggled: version.smuggled }, () => process.exit(0));
});
process.send!({ upstream: version.url.replace(/\/v1$/, ''), pausing: pausing.url, sockets: socketVersion.url });
