import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BEHAVIOURS } from './agent.ts';

const options = z.strictObject({
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  version: z.string().min(1),
  behaviour: z.enum(BEHAVIOURS),
  'latency-scale': z.coerce.number().min(0).default(1),
});

export type Options = { port: number; version: string; behaviour: (typeof BEHAVIOURS)[number]; latencyScale: number };

/** Reads the command line. Throws an error that names the option and what it takes. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { port: text, version: text, behaviour: text, 'latency-scale': text },
  });
  const parsed = options.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`--${String(issue?.path[0])}: ${issue?.message}. Usage: main.ts ${USAGE}`);
  }
  const { 'latency-scale': latencyScale, ...rest } = parsed.data;
  return { ...rest, latencyScale };
}

const USAGE = `--version <label> --behaviour ${BEHAVIOURS.join('|')} [--port 0] [--latency-scale 1]`;
