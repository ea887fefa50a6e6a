import { askedOf, readAnswer } from '../../openai/answer.ts';
import { isObject, objectsIn, parseJson } from '../../openai/json-value.ts';
import { contentText } from '../../openai/protocols/content.ts';
import type { ResponseOf } from '../../schemas/controller-api.ts';
import type { Body, Exchange, Shadow } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type { VersionView } from '../../schemas/registry-views.ts';
import type { ShadowWhole } from '../../schemas/store-api.ts';
import { printable } from '../shadow-report/excerpt.ts';
import { contentLines } from '../version/version-page.ts';

/** All that the controller has of one exchange. */
export type Trace = ResponseOf<'getExchange'>;

const MAX_LINES = 60;

const time = (ms: number): string => new Date(ms).toISOString();

/** A text of others, line by line, with nothing that a terminal would obey. */
const quoted = (text: string): string[] => {
  const lines = text.split('\n').map((line) => `    ${printable(line)}`.trimEnd());
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `    … ${more} lines more (--json has all)`] : lines;
};

const notKept = ({ state, sizeBytes }: Body): string[] => [`    (${sizeBytes} bytes, ${state}: not kept)`];
const isKept = ({ state }: Body): boolean => state !== 'hashed' && state !== 'dropped';

/** What was asked: of a chat its messages, else the body. */
const requestLines = (body: Body): string[] => {
  if (!isKept(body)) return notKept(body);
  const value = parseJson(body.text);
  const messages = isObject(value) ? objectsIn(value['messages']) : [];
  if (messages.length === 0) return quoted(body.text);
  return messages.flatMap((message) => {
    const calls = message['tool_calls'] === undefined ? '' : ` ${JSON.stringify(message['tool_calls'])}`;
    return quoted(`${String(message['role'])}: ${contentText(message['content'])}${calls}`);
  });
};

const answerLines = (body: Body, of: Exchange): string[] => {
  if (!isKept(body)) return notKept(body);
  const reading = readAnswer(body, askedOf(of));
  if (reading.kind !== 'answer') return quoted(body.text);
  const { text, refusal, calls } = reading.answer;
  const said = [text ?? refusal, ...calls.map((call) => `${call.name}(${call.arguments})`)];
  return quoted(said.filter((part) => part !== '').join('\n'));
};

const costText = ({
  promptTokens,
  completionTokens,
  costUsd,
}: Pick<Exchange | Shadow, 'promptTokens' | 'completionTokens' | 'costUsd'>): string =>
  [
    promptTokens === null ? '' : `, ${promptTokens} + ${completionTokens ?? 0} tokens`,
    costUsd === null ? '' : `, ${costUsd} USD`,
  ].join('');

const figure = (value: number): string => String(Number(value.toPrecision(4)));

type Scored = Pick<Trace['scores'][number], 'metric' | 'status' | 'value' | 'liveValue' | 'judge' | 'reason'>;

const scoreLine = ({ metric, status, value, liveValue, judge, reason }: Scored): string => {
  const told = status === 'scored' && value !== null ? figure(value) : status;
  const live = liveValue === null ? '' : ` (live ${figure(liveValue)})`;
  return `    ${metric} ${told}${live} by ${judge}${reason === '' ? '' : `: ${printable(reason)}`}`;
};

const section = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [title, ...lines]);

const headLines = (exchange: Exchange): string[] => {
  const { exchangeId, agent, rollout, routingSequence, assignment, assignedVersion, servedVersion } = exchange;
  const { fallbackReason, status, outcome, latencyMs, method, path, startedAtMs } = exchange;
  const instead = servedVersion === assignedVersion ? '' : `, in place of ${assignedVersion} (${fallbackReason ?? ''})`;
  return [
    `exchange ${exchangeId}`,
    `  ${method} ${printable(path)} at ${time(startedAtMs)}: ${outcome} (${status}) in ${Math.round(latencyMs)} ms${costText(exchange)}`,
    `  agent ${agent}, answered by ${servedVersion}${instead}; by ${assignment}, sequence ${routingSequence}${rollout === '' ? '' : `, rollout ${rollout}`}`,
  ];
};

const shadowLines = (exchange: Exchange, shadow: ShadowWhole): string[] => {
  const { kind, version, outcome, status, latencyMs, differences, similarity, responseBody, scores } = shadow;
  const same = similarity === null ? '' : `, similarity ${similarity}`;
  return [
    `${kind === 'noise' ? 'stable once more' : 'shadow twin'}: ${version}, ${outcome} (${status}) in ${Math.round(latencyMs)} ms${costText(shadow)}${same}`,
    ...answerLines(responseBody, exchange),
    ...(differences.length === 0 ? [] : [`    differs in ${printable(differences.join(', '))}`]),
    ...scores.map(scoreLine),
  ];
};

const feedbackLine = ({ receivedAtMs, thumbs, rating, taskSuccess, comment, labels, events }: Feedback): string => {
  const said = { thumbs, rating, taskSuccess, comment, labels, events };
  const given = Object.entries(said).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return `    ${time(receivedAtMs)}  ${printable(JSON.stringify(Object.fromEntries(given)))}`;
};

/** Whose content it was: of one that can't be asked for, why. */
export type TracedVersion = { view: Pick<VersionView, 'label' | 'id' | 'content'> } | { reason: string };

/** From an incident to what answered, in one look. */
export const tracePage = (
  { exchange, shadows, scores, feedback, decision }: Trace,
  version: TracedVersion,
): string[] => {
  return [
    ...headLines(exchange),
    ...section('request', requestLines(exchange.requestBody)),
    ...section('answer', answerLines(exchange.responseBody, exchange)),
    ...section('scores', scores.map(scoreLine)),
    ...section('feedback', feedback.map(feedbackLine)),
    ...('view' in version
      ? [`version ${version.view.label} (${version.view.id})`, ...contentLines(version.view)]
      : [`version ${exchange.servedVersion}: ${version.reason}`]),
    ...shadows.flatMap((shadow) => shadowLines(exchange, shadow)),
    ...(decision === null
      ? []
      : [
          'decision in force',
          `    ${time(decision.timeMs)}  ${decision.type} by ${decision.by}: ${decision.sentence}`,
        ]),
  ];
};
