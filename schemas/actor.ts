/** What the log calls the controller where it decided by itself. */
export const CONTROLLER = 'controller';
/** Names that no key may have: a reader would take its holder for one of ours. */
export const RESERVED_NAMES: readonly string[] = [
  CONTROLLER,
  'anonymous',
  'coalmine',
  'ingress',
  'mirror',
  'judge',
  'analyzer',
];

const KEY_ID = / \((key_[a-z0-9]+)\)$/;

/** Who took a step, as the log has it: `ann (key_0123456789ab)`. The id comes last, so that no name can pretend to another one. */
export const actorOf = (name: string, keyId: string): string => `${name} (${keyId})`;

/** The id of the key in it, '' if none: of the controller, of anonymous callers, and in logs from before steps took keys. */
export const keyIdOf = (actor: string): string => KEY_ID.exec(actor)?.[1] ?? '';

/** The name without the id, for sentences. */
export const nameOf = (actor: string): string => actor.replace(KEY_ID, '');
