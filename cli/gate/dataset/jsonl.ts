import { messageOf } from '../../../schemas/error-message.ts';
import { jsonFault } from '../../../schemas/json-fault.ts';
import { caseAt, type DatasetReader, textOf, wrongAt } from './reader.ts';

const MAX_DEPTH = 64;

const valueOf = (path: string, line: number, text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    const fault = jsonFault(text, MAX_DEPTH);
    if (fault !== null) throw new SyntaxError(fault.reason);
    return value;
  } catch (error) {
    throw wrongAt(path, line, `is no JSON object: ${messageOf(error)}`);
  }
};

/** A case a line; empty lines are none. */
export const jsonl: DatasetReader = (path) =>
  textOf(path)
    .split('\n')
    .flatMap((text, index) => (text.trim() === '' ? [] : [caseAt(path, index + 1, valueOf(path, index + 1, text))]));
