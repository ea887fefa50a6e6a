const MAX_CHARACTERS = 63;

/**
 * The next label after one that is taken: `v1` → `v1.1`, `v1.3` → `v1.4`, `v1.3.2` → `v1.3.3`, `concise` → `concise-2`; the first that nobody
 * has. A label that is too long for more makes room at its end.
 */
export const nextFreeLabel = (label: string, isTaken: (label: string) => boolean): string => {
  const [, stem = label, last] = /^(.*\d\.)(\d{1,9})$/.exec(label) ?? [];
  const isNumbered = last !== undefined || /\d$/.test(label);
  const joined = last === undefined ? `${label}${isNumbered ? '.' : '-'}` : stem;
  const first = last === undefined ? (isNumbered ? 1 : 2) : Number(last) + 1;
  for (let number = first; ; number += 1) {
    const next = `${joined.slice(0, MAX_CHARACTERS - String(number).length)}${number}`;
    if (!isTaken(next)) return next;
  }
};
