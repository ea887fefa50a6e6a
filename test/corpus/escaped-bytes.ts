/** `«text*9000»`: that text so many times. `‹ff 00›`: these bytes. `␍`: a CR. `∎`: the end, whatever white space follows. */
const REPEATED = /«([^«»]+)\*(\d+)»/g;
const BYTES = /‹((?:[0-9a-f]{2} ?)+)›/g;
const END = /∎\s*$/;

/** The bytes that a body is written for. */
export const bytesOf = (text: string): Buffer => {
  const plain = text
    .replace(END, '')
    .replaceAll('␍', '\r')
    .replaceAll(REPEATED, (_, unit: string, times: string) => unit.repeat(Number(times)));
  const parts: Buffer[] = [];
  let from = 0;
  for (const match of plain.matchAll(BYTES)) {
    parts.push(Buffer.from(plain.slice(from, match.index)), Buffer.from(match[1]!.replaceAll(' ', ''), 'hex'));
    from = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(plain.slice(from))]);
};
