import { open } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { plain } from '../output/plain.ts';

const EVERY_MS = 500;
const MOST_BYTES = 1 << 16;
/** From the least on, as our logs have them. */
export const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof LEVELS)[number];

const Line = z.object({ level: z.enum(LEVELS), msg: z.string().default('') });

/** A line of a service's log for people; null for one of a lower level. What is no JSON is a crash's, and is shown. */
export const logLine = (name: string, text: string, least: Level): string | null => {
  if (text.trim() === '') return null;
  let parsed;
  try {
    parsed = Line.safeParse(JSON.parse(text));
  } catch {
    return plain(`${name}  ${text}`);
  }
  if (!parsed.success) return plain(`${name}  ${text}`);
  const { level, msg } = parsed.data;
  return LEVELS.indexOf(level) < LEVELS.indexOf(least) ? null : plain(`${name}  ${level}  ${msg}`);
};

/** Shows what is written to the logs of processes from now on. */
export const followLogs = (
  folder: string,
  names: readonly string[],
  least: Level,
  say: (line: string) => void,
): { stop(): void } => {
  const places = new Map<string, { offset: number; rest: string }>();
  const readOn = async (name: string): Promise<void> => {
    const file = await open(path.join(folder, `${name}.log`)).catch(() => null);
    if (file === null) return;
    try {
      const { size } = await file.stat();
      const { offset, rest } = places.get(name) ?? { offset: size, rest: '' };
      const { bytesRead, buffer } = await file.read(
        Buffer.alloc(Math.min(MOST_BYTES, Math.max(0, size - offset))),
        0,
        undefined,
        offset,
      );
      const lines = (rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
      places.set(name, { offset: offset + bytesRead, rest: lines.pop() ?? '' });
      for (const line of lines) {
        const shown = logLine(name, line, least);
        if (shown !== null) say(shown);
      }
    } finally {
      await file.close();
    }
  };
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void Promise.all(names.map(readOn)).finally(() => {
      isBusy = false;
    });
  }, EVERY_MS);
  return { stop: () => clearInterval(timer) };
};
