/** A header that every request to an origin gets. Its value is a secret, and must get into no log. */
export type Credential = { origin: string; header: string; value: string };

const originOf = (upstream: string): string => {
  try {
    return new URL(upstream).origin;
  } catch {
    return '';
  }
};

/** The header lines for each upstream: credentials are bound to their origin and go nowhere else. */
export const credentialLinesOf = (credentials: readonly Credential[]): ((upstream: string) => string) => {
  if (credentials.length === 0) return () => '';
  const known = new Map<string, string>();
  return (upstream) => {
    const lines = known.get(upstream);
    if (lines !== undefined) return lines;
    const origin = originOf(upstream);
    const made = credentials
      .filter((credential) => credential.origin === origin)
      .map(({ header, value }) => `${header}: ${value}\r\n`)
      .join('');
    known.set(upstream, made);
    return made;
  };
};

const nameOf = (line: string): string => line.slice(0, line.indexOf(':'));

/** A client's header lines without those that the operator's credentials stand for: it may not speak beside them. */
export const withoutOverridden = (lines: string, credentials: string): string => {
  if (credentials === '') return lines;
  const taken = new Set(credentials.split('\r\n').map(nameOf));
  const kept = lines.split('\r\n').filter((line) => line !== '' && !taken.has(nameOf(line)));
  return kept.map((line) => `${line}\r\n`).join('');
};
