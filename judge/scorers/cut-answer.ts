import { absent, notApplicable, rate } from '../answers/finding.ts';
import { cutOf } from './mid-sentence.ts';
import { ruleScorer } from './rule-scorer.ts';
import { withoutThinking } from './shells.ts';

/** Words of the protocols, and of the gateways before them, for an answer that ended because it was long enough. */
const BY_LENGTH = /^(?:length|max_(?:output_)?tokens|model_length|model_context_window_exceeded|incomplete)$/i;

/** A tool's call is the end of an answer, whatever was said before it. */
export const cutAnswer = ruleScorer({
  name: 'cut_answer',
  family: 'rate',
  better: 'lower',
  unit: 'ratio',
  source: 'scores',
  definition:
    '1 if the answer ended because it was long enough (`length`, `max_tokens`, `incomplete`, …), or its text stops in a code block, in JSON, at a comma, colon, dash or open bracket, or in a sentence where those before it have an end. Headings, lists, names, signatures and what is in doubt are whole',
  notApplicable: 'no text; an answer that calls tools; where the client says at which words an answer stops',
  needs: ['answer'],
  score: ({ answer, answered: { request } }) => {
    if (BY_LENGTH.test(answer.finishReason ?? '')) return rate(true, `the answer ended by ${answer.finishReason}`);
    if (answer.toolCalls.length > 0) return notApplicable('the answer calls a tool');
    if (answer.finishReason === 'pause_turn') return notApplicable('the answer is to go on');
    const text = withoutThinking(answer.text);
    if (text.trim() === '') return notApplicable('the answer has no text');
    if (request.ok && request.value.mayEndAnywhere) return absent('the client says where an answer stops');
    const cut = cutOf(text);
    return rate(cut !== null, cut === null ? 'the text comes to an end' : `the text is cut: ${cut}`);
  },
});
