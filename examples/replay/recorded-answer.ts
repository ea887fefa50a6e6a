import { z } from 'zod';

/** What a model answered to one prompt, as the leaderboard recorded it. */
export type RecordedAnswer = {
  readonly content: string | null;
  readonly calls: readonly { name: string; arguments: string }[];
  /** The failure of the API call, when that is what was recorded in place of an answer. */
  readonly error: string | null;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly latencyMs: number;
};

/** One row of a `*_result.jsonl`: numbers may be lists with one entry a turn; an answer is text or a list of {function: JSON}. */
const resultRow = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  result: z.union([z.string(), z.null(), z.array(z.record(z.string(), z.unknown()))]),
  input_token_count: z.unknown(),
  output_token_count: z.unknown(),
  latency: z.unknown(),
});

/** Reads one JSON line; throws when it is no result row. */
export function readResultRow(line: string): { id: string; answer: RecordedAnswer } {
  const row = resultRow.parse(JSON.parse(line));
  const calls = Array.isArray(row.result) ? row.result.flatMap((one) => Object.entries(one).map(readCall)) : [];
  const text = typeof row.result === 'string' ? row.result : null;
  const failed = text?.startsWith('Error during inference') === true;
  return {
    id: String(row.id ?? ''),
    answer: {
      content: failed ? null : text,
      calls,
      error: failed ? text : null,
      inputTokens: Math.round(total(row.input_token_count)),
      outputTokens: Math.round(total(row.output_token_count)),
      latencyMs: total(row.latency) * 1000,
    },
  };
}

function readCall([name, args]: [string, unknown]): { name: string; arguments: string } {
  return { name, arguments: typeof args === 'string' ? args : JSON.stringify(args) };
}

/** The sum of a number or of nested lists of numbers; whatever is neither counts nothing. */
function total(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one: unknown) => sum + total(one), 0);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
