import { sentencesOf, shareOf, stemsOf } from './sentences.ts';

type Said = readonly { role: string; content: string }[];
export type Part = { part: string; verdict: 'done' | 'partly' | 'not_done' };

const ASKS =
  /\?$|^(?:(?:hi|hello|hey|ok|okay|so|and|also|then|now|please|kindly|can you|could you|would you|i want(?: you)? to|i need(?: you)? to|i['’]d like(?: you)? to|i would like to|i need|i want|i['’]d like)[, ]+)*(?:add|answer|apply|book|calculate|call|cancel|change|check|close|compare|convert|create|delete|describe|explain|extend|find|fix|get|give|help|list|look|make|move|open|order|pay|plan|recommend|refund|remind|remove|replace|reset|return|schedule|send|set|show|start|stop|suggest|summari[sz]e|tell|track|translate|turn|update|upgrade|write|a refund|an invoice|a replacement)\b/i;
const REFUSES =
  /\b(?:can['’]?t|cannot|unable to|not able to|won['’]t|will not|could not|couldn['’]t|not possible|impossible|failed|decline|don['’]t know)\b/i;
const PROMISES =
  /\b(?:will|['’]ll|going to|soon|shortly|as soon as|look into|please (?:send|give|tell|provide))\b|\?$/i;

const DONE_SHARE = 0.3;

/** What the last user message asks for, a part for each sentence or clause; done where the answer's words meet it without a refusal. */
export function judgeParts(conversation: Said, results: readonly string[], answer: string): Part[] {
  const asked = conversation.findLast(({ role }) => role === 'user')?.content ?? '';
  const hasFailed = results.some((result) => /\berror\b|"success"\s*:\s*false|\bfailed\b/i.test(result));
  const sentences = sentencesOf(answer);
  return sentencesOf(asked)
    .flatMap((sentence) => sentence.split(/,? (?:and|then) (?=(?:then |also |please )?[a-z]+ )/i))
    .filter((clause) => ASKS.test(clause))
    .map((part) => ({ part, verdict: hasFailed ? 'not_done' : verdictOf(stemsOf(part), sentences) }));
}

function verdictOf(wanted: readonly string[], sentences: readonly string[]): Part['verdict'] {
  const about = sentences.filter((sentence) => shareOf(wanted, new Set(stemsOf(sentence))) >= DONE_SHARE);
  if (about.some((sentence) => !REFUSES.test(sentence) && !PROMISES.test(sentence))) return 'done';
  if (about.some((sentence) => !REFUSES.test(sentence))) return 'partly';
  return 'not_done';
}
