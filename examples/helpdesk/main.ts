import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { helpdeskServer } from './helpdesk-server.ts';
import { MANNERS } from './replies.ts';

const options = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  manner: z.enum(MANNERS),
});

const text = { type: 'string' } as const;
const { values } = parseArgs({ options: { port: text, manner: text } });
const parsed = options.safeParse(values);
if (parsed.success) {
  const server = helpdeskServer(parsed.data.manner).listen(parsed.data.port, '127.0.0.1');
  await once(server, 'listening');
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      server.close();
      server.closeAllConnections();
    });
  process.stdout.write(`${JSON.stringify({ listening: (server.address() as AddressInfo).port })}\n`);
} else {
  const [issue] = parsed.error.issues;
  console.error(
    `--${String(issue?.path[0])}: ${issue?.message}. Usage: main.ts --manner ${MANNERS.join('|')} [--port 0]`,
  );
  process.exitCode = 2;
}
