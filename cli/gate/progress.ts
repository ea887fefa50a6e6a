import { timeText } from '../../schemas/sentence/figures.ts';
import type { Progress } from './asking.ts';
import { plainLine } from './report/plain-line.ts';

/** Where progress is shown: on a terminal one line that changes, elsewhere a line now and then. */
export type ProgressView = {
  /** One line for people, above what changes. */
  say: (line: string) => void;
  /** Of one of the things that are under way, by its name. */
  show: (name: string, progress: Progress) => void;
  /** Takes the changing line away. */
  clear: () => void;
};

type Out = { write: (text: string) => unknown; isTTY?: boolean; columns?: number };

const REDRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 5_000;
const BAR_CHARACTERS = 20;
const LEAST_FOR_ETA = 3;

/** How long the rest takes at the pace so far; '' while there is none. What was kept from before took no time. */
const etaText = ({ done, total, kept }: Progress, tookMs: number): string => {
  const asked = done - kept;
  if (asked < LEAST_FOR_ETA || done >= total) return '';
  return `, ${timeText(((total - done) * tookMs) / asked)} left`;
};

const bar = ({ done, total }: Progress): string => {
  const filled = Math.round((BAR_CHARACTERS * done) / Math.max(1, total));
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_CHARACTERS - filled)}`;
};

export const progressText = (name: string, progress: Progress, tookMs: number): string => {
  const { done, total, kept, failed, retried } = progress;
  const notes = [
    kept > 0 ? `${kept} from before` : '',
    failed > 0 ? `${failed} failed` : '',
    retried > 0 ? `${retried} tried again` : '',
  ].filter((note) => note !== '');
  return `${name} ${done}/${total}${etaText(progress, tookMs)}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
};

export const createProgressView = (out: Out, nowMs: () => number): ProgressView => {
  const shown = new Map<string, { progress: Progress; sinceMs: number }>();
  let lastMs = out.isTTY ? Number.NEGATIVE_INFINITY : nowMs();
  const clear = (): void => void (out.isTTY && out.write('\r\u001B[K'));
  const draw = (): void => {
    const texts = [...shown].map(([name, { progress, sinceMs }]) => {
      const text = progressText(name, progress, nowMs() - sinceMs);
      return out.isTTY ? `${bar(progress)} ${text}` : text;
    });
    if (!out.isTTY) return void out.write(`${texts.join('; ')}\n`);
    const line = texts.join('  ').slice(0, Math.max(20, (out.columns ?? 80) - 1));
    out.write(`\r\u001B[K${line}`);
  };
  return {
    say: (line) => {
      clear();
      out.write(`${plainLine(line)}\n`);
    },
    show: (name, progress) => {
      const sinceMs = shown.get(name)?.sinceMs ?? nowMs();
      shown.set(name, { progress, sinceMs });
      const isLast = [...shown.values()].every((one) => one.progress.done >= one.progress.total);
      if (!isLast && nowMs() - lastMs < (out.isTTY ? REDRAW_EVERY_MS : LINE_EVERY_MS)) return;
      lastMs = nowMs();
      draw();
    },
    clear: () => {
      clear();
      shown.clear();
    },
  };
};
