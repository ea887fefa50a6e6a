import { Duration } from '../../schemas/duration.ts';

type Json = Record<string, unknown>;
export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A value as text; '' of what is no text and no number. */
export const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** What of a manifest has no counterpart, or another meaning than there, by the path of the field. */
export type Note = { path: string; note: string };

/** A Rollout as a document has it, and what it lacks of the manifest. */
export type Imported = { document: Json; notes: Note[] };

/** Why fields have no counterpart, by the beginnings of their paths. */
export type Reasons = Readonly<Record<string, string>>;

export const PODS = 'is about pods; coalmine sends requests to upstreams and starts nothing';
export const ROUTES =
  'where requests come in is told by the ingress, where they go by the Agent document (versions[].upstream)';

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((node, step) => {
    if (Array.isArray(node)) return node[Number(step)];
    return isMap(node) ? node[step] : undefined;
  }, value);

const leaves = (value: unknown, path: string): string[] => {
  const below = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return below.length === 0 ? [path] : below.flatMap(([step, one]) => leaves(one, `${path}.${step}`));
};

const isWithin = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}.`);

/** Reads a manifest, and knows what of it nobody has asked for: so nothing of it is dropped without a word. */
export const createManifest = (manifest: Json) => {
  const taken = new Set<string>();
  const notes: Note[] = [];
  const read = (path: string): unknown => {
    taken.add(path);
    return at(manifest, path);
  };
  return {
    /** The value there, which counts as translated with all that is below it. */
    take: read,
    text: (path: string): string | undefined => {
      const value = read(path);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    number: (path: string): number | undefined => {
      const value = read(path);
      return typeof value === 'number' ? value : undefined;
    },
    list: (path: string): unknown[] => {
      const value = read(path);
      return Array.isArray(value) ? value : [];
    },
    note: (path: string, note: string): void => void notes.push({ path, note }),
    /** What was noted, and the rest of `spec`, each with the reason for the longest beginning of its path. */
    notes: (reasons: Reasons): Note[] => {
      const left = leaves(at(manifest, 'spec'), 'spec').filter(
        (path) => ![...taken].some((one) => isWithin(path, one)),
      );
      const rest = new Map<string, string>();
      for (const path of left) {
        const [prefix] = Object.keys(reasons)
          .filter((one) => isWithin(path, one))
          .sort((a, b) => b.length - a.length);
        rest.set(prefix ?? path, reasons[prefix ?? ''] ?? 'has no counterpart');
      }
      return [...notes, ...[...rest].map(([path, note]) => ({ path, note }))];
    },
  };
};
export type Manifest = ReturnType<typeof createManifest>;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a duration as Go writes it (`1h30m`), or of seconds (30); undefined for anything else. */
export const goDurationMs = (value: unknown): number | undefined => {
  if (typeof value === 'number') return value * 1_000;
  if (typeof value !== 'string') return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(value)) return undefined;
  return [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
};

/** As documents have it. */
export const durationText = (ms: number): string => Duration.encode(Math.round(ms));

/** A name as ours may be. */
export const nameOf = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63) || 'imported';

/** The endpoint that checks ask, by name: where it is, only the controller's operator says. */
export const PROMETHEUS = 'prometheus';
export const endpointNote = (name: string): string =>
  `asks an endpoint by the name ${name}: the controller's operator says where that is (CONTROLLER_CHECK_ENDPOINTS)`;
