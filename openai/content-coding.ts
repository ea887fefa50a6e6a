/** How a body may be encoded on its way (RFC 9110, section 8.4.1; RFC 8878 for the last). */
export const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
export type Coding = (typeof CODINGS)[number];

const BY_NAME: ReadonlyMap<string, Coding> = new Map([
  ...CODINGS.map((coding) => [coding, coding] as const),
  ['x-gzip', 'gzip'],
]);
/** What stands for no coding at all, also by mistake: a charset has its place in the type. */
const NONE: ReadonlySet<string> = new Set(['identity', 'none', 'utf-8', 'utf8']);
/** More than anybody needs; each is a decoder's memory. */
const MAX_CODINGS = 3;

const tokensOf = (header: string): string[] =>
  header
    .toLowerCase()
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');

/**
 * The codings of a body, in the order they were applied; none of one that is as it is. Null if one is not known.
 * @param header `content-encoding`, of several joined by commas, '' without one
 */
export const codingsOf = (header: string): readonly Coding[] | null => {
  if (header === '') return [];
  const names = tokensOf(header).filter((name) => !NONE.has(name));
  const codings = names.flatMap((name) => BY_NAME.get(name) ?? []);
  return codings.length < names.length || codings.length > MAX_CODINGS ? null : codings;
};

/** The first byte of a body in the format that `deflate` stands for (RFC 1950). Some senders leave that format out. */
export const isZlib = (firstByte: number | undefined): boolean => firstByte !== undefined && (firstByte & 0x0f) === 8;

/** `gzip;q=0.5` → whether it is acceptable at all. */
const isWanted = (parameters: readonly string[]): boolean =>
  !parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0{0,3})?\s*$/.test(parameter));

/**
 * Whether a client takes a body in these codings (RFC 9110, section 12.5.3).
 * @param header its `accept-encoding`; '' takes none, and so does a client that sent no such header but for `unsaid`
 */
export const acceptsCodings = (header: string | undefined, codings: readonly Coding[], unsaid: boolean): boolean => {
  if (header === undefined) return unsaid;
  const wanted = new Map<string, boolean>();
  for (const token of tokensOf(header)) {
    const [name = '', ...parameters] = token.split(';');
    const known = name.trim();
    wanted.set(BY_NAME.get(known) ?? known, isWanted(parameters));
  }
  return codings.every((coding) => wanted.get(coding) ?? wanted.get('*') ?? false);
};
