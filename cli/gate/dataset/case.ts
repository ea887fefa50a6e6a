import type { Json } from '../../../openai/json-value.ts';
import type { AcceptedCalls } from '../../../judge/answers/tool-match.ts';

/** One question of a golden dataset, whatever it was read from. */
export type Case = {
  id: string;
  /** What the agent is asked: the request's body but for `model`. */
  request: Json;
  /** The right answer in words, null where there is none. The agent never sees it. */
  golden: string | null;
  /** The right calls of tools: null where no call is right, undefined where nobody said. */
  accepted: AcceptedCalls | null | undefined;
  /** What a right answer rests on, for those who judge it. The agent never sees it. */
  context: readonly string[];
  tags: readonly string[];
  /** Labels by which criteria are held apart. */
  slices: Readonly<Record<string, string>>;
  /** Cases of one session hang together; '' of a case on its own. */
  session: string;
  /** Where it stands, for those who must mend it: from 1 on, 0 where the source has no lines. */
  line: number;
  /** All of it as canonical JSON, as it was written. */
  content: string;
};

/** What is wrong with a dataset, as a sentence for the user that names the file and the line. */
export class DatasetError extends Error {}
