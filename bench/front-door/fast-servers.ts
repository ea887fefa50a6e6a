import { App } from 'uWebSockets.js';
import type { HttpResponse, TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { ANSWER, asksForStream, stampedEvent } from './exchange.ts';

const EVENTS = 20;
const EVENT_EVERY_MS = 5;

const listen = (app: TemplatedApp, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    app.listen('127.0.0.1', port, (socket: us_listen_socket | false) => {
      if (socket) resolve();
      else reject(new Error(`port ${port} is taken`));
    });
  });

const answer = (res: HttpResponse): void => {
  res.cork(() => res.writeHeader('content-type', 'application/json').end(ANSWER));
};

const stream = (res: HttpResponse): void => {
  let count = 1;
  res.cork(() => {
    res.writeHeader('content-type', 'text/event-stream').writeHeader('x-accel-buffering', 'no');
    res.write(stampedEvent(false));
  });
  const timer = setInterval(() => {
    count += 1;
    res.cork(() => {
      if (count < EVENTS) res.write(stampedEvent(false));
      else {
        clearInterval(timer);
        res.end(`${stampedEvent(true)}data: [DONE]\n\n`);
      }
    });
  }, EVENT_EVERY_MS);
  res.onAborted(() => clearInterval(timer));
};

/**
 * What every target calls: a fixed JSON answer; 20 events 5 ms apart if the request asks for a stream; an echo for
 * WebSockets on any path.
 */
export const startUpstream = (port: number): Promise<void> => {
  const app = App();
  app.ws('/*', { idleTimeout: 0, message: (ws, message, isBinary) => void ws.send(message, isBinary) });
  app.any('/*', (res) => {
    const parts: Buffer[] = [];
    res.onAborted(() => {});
    res.onData((piece, isLast) => {
      parts.push(isLast ? Buffer.from(piece) : Buffer.from(piece.slice(0)));
      if (!isLast) return;
      const body = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      if (asksForStream(body)) stream(res);
      else answer(res);
    });
  });
  return listen(app, port);
};

/** The ceiling: the same answer to everything, the request's body not even read. */
export const startHello = (port: number): Promise<void> => {
  const app = App();
  app.any('/*', answer);
  return listen(app, port);
};
