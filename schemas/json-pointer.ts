import { z } from 'zod';

const MAX_CHARACTERS = 256;
const POINTER = /^(?:\/(?:[^/~]|~[01])*)*$/;
const INDEX = /^(?:0|[1-9]\d*)$/;

/** A JSON pointer (RFC 6901, section 3): `/reply`, `/output/0/text`. `~1` stands for a slash in a name, `~0` for a tilde. */
export const JsonPointer = z
  .string()
  .max(MAX_CHARACTERS)
  .regex(POINTER, 'a JSON pointer, like /reply or /output/0/text (RFC 6901)');

const memberOf = (value: unknown, name: string): unknown => {
  if (Array.isArray(value)) return INDEX.test(name) ? value[Number(name)] : undefined;
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
};

/** What stands at a pointer in a JSON value, undefined where nothing does; '' is the whole value (RFC 6901, section 4). */
export const atPointer = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce((within, step) => memberOf(within, step.replaceAll('~1', '/').replaceAll('~0', '~')), value);
