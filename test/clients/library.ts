/** What a library raised: its name for it, and the status that it tells. */
export type Raised = { kind: string; status: number | null; message: string };

/** What came of a stream before it ended or failed. */
export type Streamed = { pieces: string[]; raised: Raised | null };

export type CalledTool = { name: string; arguments: unknown };

/** A client library as its users use it: each asks as one user message. May retry once, and raises what it raises. */
export type Library = {
  plain: (ask: string) => Promise<string>;
  stream: (ask: string) => Promise<Streamed>;
  /** Offers the tool; what was called, and the answer once the tool's result was sent. */
  tools: (ask: string) => Promise<{ called: CalledTool; text: string }>;
  /** The JSON that was asked for by the library's own way to do that, parsed by it. */
  structured: (ask: string) => Promise<unknown>;
  /** Leaves a stream after its first piece; when that was, by the time of day. */
  leave: (ask: string) => Promise<number>;
};

/** What a library's error tells. */
export const raisedBy = (error: unknown): Raised => {
  const { name, constructor, status, statusCode, message } = error as {
    name?: string;
    constructor?: { name: string };
    status?: number;
    statusCode?: number;
    message?: string;
  };
  // Vercel's errors share the class name of many, and say in `name` which they are; those of others say `Error` there.
  const kind = name === undefined || name === 'Error' ? (constructor?.name ?? '') : name;
  return { kind, status: status ?? statusCode ?? null, message: String(message) };
};

/** Reads a stream to its end or failure; empty pieces say nothing. */
export const collected = async (stream: () => PromiseLike<AsyncIterable<string>>): Promise<Streamed> => {
  const pieces: string[] = [];
  try {
    for await (const piece of await stream()) if (piece !== '') pieces.push(piece);
  } catch (error) {
    return { pieces, raised: raisedBy(error) };
  }
  return { pieces, raised: null };
};

/** Reads the first piece of a stream, and leaves. */
export const leftAfterFirst = async (stream: AsyncIterable<string>, leave: () => void): Promise<number> => {
  // To leave by ending the loop would wait for the stream's own end, in some libraries.
  const pieces = stream[Symbol.asyncIterator]();
  for (let piece = await pieces.next(); piece.done !== true && piece.value === '';) piece = await pieces.next();
  const leftAtMs = Date.now();
  leave();
  return leftAtMs;
};

/** The text in each part of a stream. */
export async function* textsIn<T>(stream: AsyncIterable<T>, textOf: (part: T) => string | null | undefined) {
  for await (const part of stream) yield textOf(part) ?? '';
}
