import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { Part } from '../part.ts';
import type { Pair } from './certificates.ts';

type FrontPlan = {
  /** The part behind it, on a port of this machine in plain text. */
  part: Part;
  port: number;
  targetPort: number;
  server: Pair;
};

const listening = async (server: net.Server, port: number): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
};

/** A part behind a server of this process, which starts and goes with it. */
const behind = (part: Part, port: number, createServer: () => tls.Server): Part => {
  let server: tls.Server | undefined;
  const sockets = new Set<net.Socket>();
  const close = (): void => {
    server?.close();
    for (const socket of sockets) socket.destroy();
    server = undefined;
  };
  return {
    start: async () => {
      await part.start();
      if (server !== undefined) return;
      server = createServer();
      server.on('connection', (socket: net.Socket) => {
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket)).on('error', () => {});
      });
      server.on('tlsClientError', () => {});
      await listening(server, port);
      server.unref();
    },
    kill: async (signal) => {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') close();
      await part.kill(signal);
    },
    stop: async () => {
      close();
      await part.stop();
    },
  };
};

/** TLS before a Redis that was built without it: the bytes go on as they are. */
export const withTls = ({ part, port, targetPort, server }: FrontPlan): Part =>
  behind(part, port, () =>
    tls.createServer({ cert: server.certificate, key: server.key }, (socket) => {
      const target = net.connect(targetPort, '127.0.0.1');
      for (const [one, other] of [
        [socket, target],
        [target, socket],
      ] as const)
        one.on('error', () => other.destroy()).once('close', () => other.destroy());
      socket.pipe(target).pipe(socket);
    }),
  );

/** TLS and a check of the authorization before a registry, whose own needs an OpenID provider. */
export const withTlsAndUsers = (plan: FrontPlan, mayAsk: (authorization: string | undefined) => boolean): Part =>
  behind(plan.part, plan.port, () =>
    https.createServer({ cert: plan.server.certificate, key: plan.server.key }, (request, response) => {
      const { authorization, ...headers } = request.headers;
      if (!mayAsk(authorization)) {
        response.writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="registry"' });
        response.end('{"error_code":401,"message":"Unauthorized"}');
        return;
      }
      const options = { port: plan.targetPort, host: '127.0.0.1', method: request.method, path: request.url, headers };
      const onward = http.request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      request.pipe(onward);
    }),
  );
