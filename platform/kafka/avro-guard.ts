import avro from 'avsc';

type Tap = { pos: number; buf: Buffer; readLong(): number; skipLong(): void; readString(): string; skipString(): void };
type Part = { _read(tap: Tap): unknown; _skip(tap: Tap): void };
type ArrayReader = Part & { itemsType: Part };
type MapReader = Part & { valuesType: Part };

const blockSize = (tap: Tap): number => {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong();
  }
  const leftBytes = tap.buf.length - tap.pos;
  if (count > leftBytes) throw new Error(`${count} items can't be in the ${leftBytes} bytes left`);
  return count;
};

/** The sign stands in the lowest bit of the first byte (zigzag), with six bits of the magnitude; the others hold seven. */
const readLong = (tap: Tap): number => {
  const first = tap.buf[tap.pos++] ?? 0;
  let magnitude = (first & 0x7f) >> 1;
  let scale = 64;
  for (let byte = first; byte & 0x80; scale *= 128) {
    byte = tap.buf[tap.pos++] ?? 0;
    magnitude += (byte & 0x7f) * scale;
  }
  if (!(magnitude <= Number.MAX_SAFE_INTEGER)) throw new Error('an integer is larger than JavaScript can hold exactly');
  return first & 1 ? -magnitude - 1 : magnitude;
};

const writeLong = (tap: Tap, value: number): void => {
  if (!Number.isSafeInteger(value)) throw new Error(`${value} is not an integer that JavaScript holds exactly`);
  const magnitude = value < 0 ? -value - 1 : value;
  let rest = Math.floor(magnitude / 64);
  tap.buf[tap.pos++] = ((magnitude % 64) << 1) | (value < 0 ? 1 : 0) | (rest > 0 ? 0x80 : 0);
  while (rest > 0) {
    const next = Math.floor(rest / 128);
    tap.buf[tap.pos++] = (rest % 128) | (next > 0 ? 0x80 : 0);
    rest = next;
  }
};

type StringWriter = { _write(this: unknown, tap: Tap, text: unknown): void };

const { ArrayType, LongType, MapType, StringType } = avro.types as unknown as Record<
  'ArrayType' | 'LongType' | 'MapType',
  { prototype: object }
> & { StringType: { prototype: StringWriter } };

const LONGEST_SHORT = 63;

/** The string in ASCII, its length in the one byte before it; false, and nothing written, if it is another one or has no room. */
const writeShort = (tap: Tap, text: string): boolean => {
  const { buf, pos } = tap;
  const { length } = text;
  if (length > LONGEST_SHORT || pos + 1 + length > buf.length) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return false;
    buf[pos + 1 + i] = code;
  }
  buf[pos] = length << 1;
  tap.pos = pos + 1 + length;
  return true;
};

const { _write: writeAny } = StringType.prototype;

function writeString(this: unknown, tap: Tap, text: unknown): void {
  if (typeof text !== 'string' || !writeShort(tap, text)) writeAny.call(this, tap, text);
}

function readArray(this: ArrayReader, tap: Tap): unknown[] {
  const items: unknown[] = [];
  for (let count = blockSize(tap); count > 0; count = blockSize(tap))
    for (let i = 0; i < count; i++) items.push(this.itemsType._read(tap));
  return items;
}

function skipArray(this: ArrayReader, tap: Tap): void {
  for (let count = blockSize(tap); count > 0; count = blockSize(tap))
    for (let i = 0; i < count; i++) this.itemsType._skip(tap);
}

/** A key `__proto__` would be no entry but the map's prototype; zod leaves it out, too. */
function readMap(this: MapReader, tap: Tap): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (let count = blockSize(tap); count > 0; count = blockSize(tap))
    for (let i = 0; i < count; i++) {
      const key = tap.readString();
      const value = this.valuesType._read(tap);
      if (key !== '__proto__') map[key] = value;
    }
  return map;
}

function skipMap(this: MapReader, tap: Tap): void {
  for (let count = blockSize(tap); count > 0; count = blockSize(tap))
    for (let i = 0; i < count; i++) {
      tap.skipString();
      this.valuesType._skip(tap);
    }
}

/**
 * avsc believes the item counts it reads, so a few garbage bytes ("four billion items follow") would hang the process or
 * exhaust its memory. This replaces its readers of arrays and maps, for the whole process, by ones that check a count
 * against the bytes left. Its longs, which it garbles below −2^52, are replaced by exact ones for every integer that
 * JavaScript holds exactly; others are an error. Short strings, of which a sheet has a hundred, are written without asking first
 * how many bytes they take. A second call changes nothing.
 */
export const installAvroGuard = (): void => {
  Object.assign(LongType.prototype, { _read: readLong, _write: writeLong });
  Object.assign(StringType.prototype, { _write: writeString });
  Object.assign(ArrayType.prototype, { _read: readArray, _skip: skipArray });
  Object.assign(MapType.prototype, { _read: readMap, _skip: skipMap });
};
