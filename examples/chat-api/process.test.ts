import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';

const listening = z.strictObject({ listening: z.int().min(1) });

it.each([
  ['../support/main.ts', ['--port', '0', '--version', 'v1', '--behaviour', 'polite']],
  ['../judge/main.ts', ['--port', '0', '--fail-share', '0.1']],
])('%s says where it listens, serves there, and ends on SIGTERM', async (file, args) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args]);
  try {
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    const port = listening.parse(JSON.parse(String(value))).listening;
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/v1/models`)).status).toBe(200);
  } finally {
    child.kill('SIGTERM');
  }
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it.each([
  ['../support/main.ts', ['--version', 'v1'], '--behaviour'],
  ['../support/main.ts', ['--version', 'v1', '--behaviour', 'polite', '--latency-scale', '-1'], '--latency-scale'],
  ['../judge/main.ts', ['--fail-share', '2'], '--fail-share'],
])('%s %j is refused with exit 2 and the name of the option', async (file, args, named) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url)), ...args]);
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toContain(named);
});
