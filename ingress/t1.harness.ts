import { WebSocket } from 'ws';
import { echo, onlyView, startSocketDoor, startSocketUpstream } from './adapters/uws-websocket.harness.ts';
const t0 = performance.now();
const L = (...a: unknown[]) => console.log((performance.now() - t0).toFixed(1), ...a);
const upstream = await startSocketUpstream((socket) => {
  L('up conn');
  socket.on('message', (m) => L('up got', (m as Buffer).length));
  socket.on('close', (c) => L('up close', c));
  echo(socket);
  socket.send('wel', { fin: false });
  socket.send('come', { fin: true });
});
const door = await startSocketDoor({ view: onlyView(upstream.url) });
const c = new WebSocket(door.url, { perMessageDeflate: false });
c.on('open', () => {
  L('open');
  c.send('grüße');
  c.send(Buffer.from([1, 2, 3]));
  c.send('frag', { fin: false });
  c.send('ment', { fin: true });
  c.send('');
});
let n = 0;
c.on('message', (m, b) => {
  n++;
  L('got', m.toString(), b);
});
c.on('close', (x, r) => L(x, r.toString()));
c.on('error', (e) => L(e.message));
setTimeout(() => {
  L(n === 5 ? 'GOOD' : 'BAD', door.said, door.open());
  process.exit();
}, 400);
