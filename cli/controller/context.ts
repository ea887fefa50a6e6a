import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/**
 * One installation of coalmine: its controller, the file with the key for it, and where its Kafka, registry and Redis are. Of the key no
 * more than the file's name is kept.
 */
const Place = z.strictObject({
  url: z.string(),
  keyFile: z.string().optional(),
  kafkaBrokers: z.string().optional(),
  schemaRegistryUrl: z.string().optional(),
  redisUrl: z.string().optional(),
});
export type Place = z.infer<typeof Place>;

const Contexts = z.strictObject({ current: z.string().nullable(), contexts: z.record(z.string(), Place) });
export type Contexts = z.infer<typeof Contexts>;

const NONE: Contexts = { current: null, contexts: {} };

/** `$XDG_CONFIG_HOME/coalmine/context.json`, by default below ~/.config. */
export const contextFile = (env: NodeJS.ProcessEnv = process.env): string =>
  path.join(env['XDG_CONFIG_HOME'] || path.join(homedir(), '.config'), 'coalmine', 'context.json');

/** All contexts; none where there is no file. Throws if the file can't be read: another installation must not be asked instead. */
export const readContexts = (file = contextFile()): Contexts => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return NONE;
    throw unreadable(file, error);
  }
  try {
    return Contexts.parse(JSON.parse(text));
  } catch (error) {
    throw unreadable(file, error);
  }
};

const unreadable = (file: string, cause: unknown): Error =>
  new Error(`the contexts in ${file} can't be read; mend the file, or remove it and set them anew`, { cause });

/** Only its owner may read it: it tells where everything is. */
export const writeContexts = (contexts: Contexts, file = contextFile()): void => {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, `${JSON.stringify(contexts, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, file);
};

/** The context that commands go by: that of COALMINE_CONTEXT, else the one last used; null where there is none. */
export const currentPlace = ({ current, contexts }: Contexts, env: NodeJS.ProcessEnv = process.env): Place | null => {
  const name = env['COALMINE_CONTEXT'] || current;
  if (name === null) return null;
  const place = contexts[name];
  if (place === undefined) throw new Error(`there is no context ${name}; \`coalmine context show\` lists them`);
  return place;
};
