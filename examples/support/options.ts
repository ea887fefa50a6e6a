import { parseArgs } from 'node:util';
import { z } from 'zod';
import { BEHAVIOURS, HABITS } from './agent.ts';
import type { Behaviour } from './agent.ts';

const PROMPTS = BEHAVIOURS.map((behaviour) => HABITS[behaviour].promptFile);

const options = z
  .strictObject({
    port: z.coerce.number().int().min(0).max(65_535).default(0),
    version: z.string().min(1),
    behaviour: z.enum(BEHAVIOURS).optional(),
    prompt: z.enum(PROMPTS).optional(),
    'latency-scale': z.coerce.number().min(0).default(1),
  })
  .refine((given) => (given.behaviour === undefined) !== (given.prompt === undefined), {
    path: ['behaviour'],
    message: 'give either this or --prompt',
  });

export type Options = { port: number; version: string; behaviour: Behaviour; latencyScale: number };

/** What a written prompt makes of the agent. */
const behaviourOf = (prompt: string | undefined): Behaviour =>
  BEHAVIOURS.find((behaviour) => HABITS[behaviour].promptFile === prompt) ?? BEHAVIOURS[0];

/** Reads the command line. Throws an error that names the option and what it takes. */
export function readOptions(args: readonly string[]): Options {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { port: text, version: text, behaviour: text, prompt: text, 'latency-scale': text },
  });
  const parsed = options.safeParse(values);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`--${String(issue?.path[0])}: ${issue?.message}. Usage: main.ts ${USAGE}`);
  }
  const { port, version, behaviour, prompt, 'latency-scale': latencyScale } = parsed.data;
  return { port, version, behaviour: behaviour ?? behaviourOf(prompt), latencyScale };
}

const USAGE = `--version <label> --behaviour ${BEHAVIOURS.join('|')} (or --prompt ${PROMPTS.join('|')}) [--port 0] [--latency-scale 1]`;
