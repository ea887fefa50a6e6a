import { CONTROLLER, nameOf } from '../actor.ts';
import { APPROVAL_FOR_MS } from '../approval.ts';
import type { DecisionType } from '../decision.ts';
import { asSentence, capitalized, chanceText, countText, plainText, timeText } from './figures.ts';
import { checkText } from './check.ts';
import { waitText } from './planned-pause.ts';
import { eachText, isProven, missingText, provenCount } from './proof.ts';
import { harmSentences, knownText, pairCount, requestsText, seenText, sidesOf, type Step } from './verdict.ts';

/** What a decision does and why, in sentences that a person reads once. */
export const stepSentences = (step: Step): string[] => SENTENCES[step.type](step);

/** The candidate's part of the traffic after the step, in words; null where it has none. */
const weightText = ({ routing }: Step): string | null => {
  const weight = routing.arms.find(({ name }) => name === 'candidate')?.weight ?? 0;
  return weight === 0 ? null : `${plainText(weight)} %`;
};

/** Logs from before persons' words stood alone have `abort by ann: why`. */
const wordOf = ({ reason, by }: Step): string => {
  const said = reason.replace(/^(pause|resume|promote|abort) by /, '');
  const word = said === reason ? reason : said.replace(by, '').replace(/^: /, '');
  return word === '' ? '' : `: ${word}`;
};

const HIDDEN: ReadonlySet<string> = new Set(['gate', 'shadow', 'smoke']);
/** Whether any user ever saw the candidate: not before the first stage. */
const wasSeen = ({ stage }: Step): boolean => stage >= 0;
const backOn = (step: Step): string =>
  wasSeen(step) ? `All traffic is on ${sidesOf(step).stable} again.` : 'No user ever saw it.';

const start = (step: Step): string[] => {
  const { candidate, stable } = sidesOf(step);
  const [because = ''] = step.reason.startsWith('restarted by ') ? step.reason.split('; ') : [];
  const head = because === '' ? '' : `${capitalized(because)}. `;
  switch (step.state) {
    case 'gate':
      return [`${head}${candidate} waits for its eval gate before anything of it is tried.`];
    case 'shadow':
      return [`${head}${candidate} begins in shadow: it answers copies of ${stable}'s requests, and no user sees it.`];
    case 'smoke':
      return [`${head}${candidate} is asked the smoke requests; no traffic moves before it has passed.`];
    case 'ab': {
      const arms = step.routing.arms.map(({ name, version, weight }) => `${name} (${version}) ${weight} %`).join(', ');
      return [`${head}An experiment begins: ${arms}.`];
    }
    default:
      return [`${head}${candidate} begins with ${weightText(step) ?? 'none'} of the traffic, beside ${stable}.`];
  }
};

const passedShadow = (step: Step): string => {
  const pairs = pairCount(step.evidence);
  const seen = pairs === 0 ? '' : `in ${countText(pairs)} pairs of answers `;
  return `${sidesOf(step).candidate} has passed its shadow: ${seen}nothing is proven worse.`;
};

const advance = (step: Step): string[] => {
  const { candidate, stable } = sidesOf(step);
  const next =
    step.state === 'shadow'
      ? `${candidate} now answers copies of ${stable}'s requests, and no user sees it.`
      : `${candidate} now gets ${weightText(step) ?? 'none'} of the traffic.`;
  if (step.by !== CONTROLLER) return [`${nameOf(step.by)} ended the stage before its time${wordOf(step)}.`, next];
  if (step.reason.startsWith('the eval gate')) return [asSentence(capitalized(step.reason)), next];
  return [step.stage === 0 ? passedShadow(step) : `Nothing is proven worse${seenText(step)}.`, next];
};

const adjust = (step: Step): string[] => [
  `${sidesOf(step).candidate} now gets ${weightText(step) ?? 'none'} of the traffic: as much as its budget of harm allows by what was seen.`,
];

/** Where the candidate stays while nothing goes on. */
export const stayText = (state: string | null, candidate: string, weight: string | null): string => {
  if (state !== null && HIDDEN.has(state)) return `${candidate} stays where no user sees it`;
  return weight === null ? 'everything stays as it is' : `${candidate} stays at ${weight} of the traffic`;
};

const hold = (step: Step): string[] => [
  `On hold: ${step.reason.replace(/\.$/, '')}.`,
  `${capitalizedUnlessName(stayText(step.state, sidesOf(step).candidate, weightText(step)), step)} until that is over.`,
];

/** Labels are written as they are, other words begin a sentence large. */
const capitalizedUnlessName = (text: string, { candidate }: Pick<Step, 'candidate'>): string =>
  candidate !== null && text.startsWith(candidate) ? text : capitalized(text);

const release = (step: Step): string[] => [
  `${step.candidate ?? 'The rollout'} goes on; what held it is over (${step.reason.replace(/^no longer: /, '')}).`,
];

const check = (step: Step): string[] => {
  const told = step.checks.map((result) => asSentence(capitalized(checkText(result))));
  const isHeld = step.checks.some(({ outcome }) => outcome !== 'passed');
  const stays = stayText(step.state, sidesOf(step).candidate, weightText(step));
  return isHeld ? [...told, `${capitalizedUnlessName(stays, step)} until that is over.`] : told;
};

const subjectOf = ({ candidate }: Step): string => candidate ?? 'The rollout';

/** What the plan pauses behind: a shadow, a stage, or the proof that promotes. */
const plannedPause = (step: Step, untilMs: number | null): string[] => {
  const { candidate } = sidesOf(step);
  const isProof = step.reason.startsWith('proven good enough');
  const passed = isProof
    ? `${candidate} is proven good enough${seenText(step)}.`
    : step.stage < 0
      ? passedShadow(step)
      : `Nothing is proven worse${seenText(step)}.`;
  const leftMs = untilMs === null ? null : untilMs - step.timeMs;
  return [passed, `${waitText({ rollout: step.rollout, candidate, weight: weightText(step), leftMs })}.`];
};

const pause = (step: Step): string[] => {
  if (step.pause !== null && step.by === CONTROLLER) return plannedPause(step, step.pause.untilMs);
  const weight = weightText(step);
  const at = step.stage < 0 ? ' before any user saw it' : weight === null ? '' : ` at ${weight} of the traffic`;
  return [asSentence(`${subjectOf(step)} was paused by ${nameOf(step.by)}${at}${wordOf(step)}`), knownText(step)];
};

const resume = (step: Step): string[] => {
  const weight = weightText(step);
  const at = weight === null ? '' : ` at ${weight} of the traffic`;
  if (step.by === CONTROLLER) return [`${subjectOf(step)} goes on${at}: its planned pause is over.`];
  return [asSentence(`${subjectOf(step)} goes on${at}, resumed by ${nameOf(step.by)}${wordOf(step)}`)];
};

const abort = (step: Step): string[] => [
  asSentence(`${subjectOf(step)} was aborted by ${nameOf(step.by)}${wordOf(step)}`),
  backOn(step),
  knownText(step),
];

const approve = (step: Step): string[] => [
  asSentence(
    `${nameOf(step.by)} asks to promote ${step.arm === null ? subjectOf(step) : `arm ${step.arm}`}${wordOf(step)}`,
  ),
  `Another person must agree within ${timeText(APPROVAL_FOR_MS)}; until then nothing moves.`,
  knownText(step),
];

const promote = (step: Step): string[] => {
  const { candidate, stable } = sidesOf(step);
  const { logThreshold, evidence } = step;
  const everybody = `${candidate} answers everybody now.`;
  if (step.by !== CONTROLLER)
    return [
      asSentence(`${step.candidate ?? 'An arm'} was promoted by ${nameOf(step.by)}${wordOf(step)}`),
      ...(step.candidate === null ? [] : [everybody]),
      knownText(step),
    ];
  if (step.candidate === null) return [...winner(step)];
  const seen = seenText(step);
  if (logThreshold !== null && step.reason.startsWith('proven good enough') && isProven(evidence, logThreshold))
    return [
      `${candidate} is good enough: ${eachText(provenCount(evidence))} is proven within its tolerance${seen}. ${everybody}`,
      `A version that is worse than tolerated gets so far in at most ${chanceText(Math.exp(-logThreshold))} rollouts.`,
    ];
  const passed = step.logE === null || !step.bounded ? `${candidate} broke no threshold` : `Nothing is proven worse`;
  return [
    `${passed}${seen}, and the time of all stages is over. ${everybody}`,
    `That is no proof that it is as good as ${stable}.`,
  ];
};

/** Of k arms each other than the best is named with a chance of at most α/k; the threshold is k/α. */
const winner = (step: Step): string[] => {
  const head = capitalized(step.reason.split('; ')[0] ?? '');
  if (step.logThreshold === null) return [asSentence(head)];
  const arms = 1 + step.evidence.filter(({ metric, weight }) => metric === step.metric && weight === 0).length;
  return [
    asSentence(head),
    `An arm that is not the best is named in at most ${chanceText(arms * Math.exp(-step.logThreshold))} experiments.`,
  ];
};

const rollback = (step: Step): string[] => {
  if (step.by !== CONTROLLER && step.metric === null) return abort(step);
  if (step.metric === null) return [asSentence(capitalized(step.reason)), backOn(step)];
  return [...harmSentences(step), backOn(step)];
};

/** Where it waited for proof, what of it was missing at the deadline. */
const unproven = ({ reason, evidence, logThreshold }: Step): string[] => {
  if (!reason.includes('not proven yet') || logThreshold === null || provenCount(evidence) === 0) return [];
  return [`Proof was missing for ${missingText(evidence, logThreshold, null)}.`];
};

const inconclusive = (step: Step): string[] => {
  const { candidate, stable } = sidesOf(step);
  if (step.candidate === null) {
    const [head = ''] = step.reason.split('; ');
    return [asSentence(capitalized(head)), `All traffic is on ${stable} again.`];
  }
  if (step.reason.startsWith('the shadow passed'))
    return [passedShadow(step), `A rollout of strategy shadow ends here and promotes nothing; ${stable} stays.`];
  const seen = step.candidateRequests === null ? '' : ` after ${requestsText(step.candidateRequests)}`;
  return [
    `No verdict before the deadline: ${candidate} is neither proven worse nor proven good enough${seen}.`,
    ...unproven(step),
    backOn(step),
  ];
};

const SENTENCES: Readonly<Record<DecisionType, (step: Step) => string[]>> = {
  register: ({ reason }) => [asSentence(capitalized(reason))],
  report: ({ reason }) => [asSentence(capitalized(reason))],
  start,
  advance,
  adjust,
  switch: (step) => [
    `${sidesOf(step).candidate} has passed its smoke check: it answers everybody now, and is watched.`,
  ],
  hold,
  release,
  check,
  pause,
  resume,
  approve,
  promote,
  rollback,
  abort,
  inconclusive,
  regression: ({ reason }) => [asSentence(capitalized(reason))],
  recovery: ({ reason }) => [asSentence(capitalized(reason))],
  return: ({ reason }) => [asSentence(capitalized(reason))],
};
