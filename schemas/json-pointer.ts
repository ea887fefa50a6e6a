const INDEX = /^(?:0|[1-9]\d*)$/;

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
