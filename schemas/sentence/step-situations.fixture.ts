import { EXPERIMENT, EXPERIMENT_ARMS, pairs, proof, routing, row, step, type Situation } from './situation.fixture.ts';

/** Promotions and other ends. */
export const ENDS: readonly Situation[] = [
  {
    situation: 'promoted on proof',
    told: step({
      type: 'promote',
      state: 'promoted',
      reason: 'proven good enough with 1240 candidate requests: all of 2 metrics are proven within tolerance',
      evidence: [proof('error_rate', 3.2, 1_240), proof('empathy', 9, 1_100)],
      logE: -0.4,
      candidateRequests: 1_240,
      routing: routing(0),
    }),
    says: 'v2 is good enough: each of 2 metrics is proven within its tolerance in 1,240 requests. v2 answers everybody now. A version that is worse than tolerated gets so far in at most 5 of 100 rollouts.',
  },
  {
    situation: 'promoted after the last stage',
    told: step({
      type: 'promote',
      state: 'promoted',
      stage: 3,
      reason: 'stage 4 of 4 passed with 900 candidate requests: nothing proven worse, E=0.4 < 20',
      logE: -0.9,
      candidateRequests: 12_400,
      routing: routing(0),
    }),
    says: 'Nothing is proven worse in 12,400 requests, and the time of all stages is over. v2 answers everybody now. That is no proof that it is as good as v1.',
  },
  {
    situation: 'an experiment has a winner',
    told: step({
      ...EXPERIMENT,
      type: 'promote',
      state: 'promoted',
      metric: 'event_sale',
      reason:
        'arm kind wins: it beats every other arm in event_sale (higher is better): stable 0.1 (50 in 500), short 0.1 (48 in 490), kind 0.2 (101 in 505); the least of its e-values, against stable, is 80 ≥ 60 (v3)',
      logThreshold: Math.log(60),
      evidence: [row('event_sale', { weight: 0 }), row('event_sale', { weight: 0 })],
    }),
    says: 'Arm kind wins: it beats every other arm in event_sale (higher is better): stable 0.1 (50 in 500), short 0.1 (48 in 490), kind 0.2 (101 in 505). An arm that is not the best is named in at most 5 of 100 experiments.',
  },
  {
    situation: 'the deadline passes',
    told: step({
      type: 'inconclusive',
      state: 'inconclusive',
      reason: 'the deadline of 86400 s passed without an outcome; not proven yet: tool_validity e=3.5 < 20',
      evidence: [proof('error_rate', 3.2, 640), proof('tool_validity', 1.25, 320)],
      logE: 0.2,
      candidateRequests: 640,
      routing: routing(0),
    }),
    says: 'No verdict before the deadline: v2 is neither proven worse nor proven good enough after 640 requests. Proof was missing for valid tool calls (evidence 3.5). All traffic is on v1 again.',
  },
  {
    situation: 'strategy shadow ends',
    told: step({
      type: 'inconclusive',
      state: 'inconclusive',
      stage: -1,
      reason: 'the shadow passed; strategy shadow ends here and promotes nothing: nothing proven worse',
      evidence: [pairs('empathy', 60, 9, 11)],
      logE: 0.1,
      candidateRequests: 0,
      routing: routing(0),
    }),
    says: 'v2 has passed its shadow: in 60 pairs of answers nothing is proven worse. A rollout of strategy shadow ends here and promotes nothing; v1 stays.',
  },
];

/** What people do. */
export const PEOPLE: readonly Situation[] = [
  {
    situation: 'paused, with a reason',
    told: step({ type: 'pause', state: 'paused', by: 'ann', reason: 'lunch', logE: 0.3 }),
    says: 'v2 was paused by ann at 5 % of the traffic: lunch. By then nothing was proven worse in 240 requests (evidence 1.3 of the 20 that an alarm needs).',
  },
  {
    situation: 'paused in shadow, without one',
    told: step({ type: 'pause', state: 'paused', stage: -1, by: 'ann', candidateRequests: 0, routing: routing(0) }),
    says: 'v2 was paused by ann before any user saw it.',
  },
  {
    situation: 'resumed',
    told: step({ type: 'resume', by: 'bob', reason: 'back' }),
    says: 'v2 goes on at 5 % of the traffic, resumed by bob: back.',
  },
  {
    situation: 'asked for a promotion that takes two people',
    told: step({ type: 'approve', by: 'ann (key_0123)', reason: 'the survey is in', logE: 0.3 }),
    says: 'ann asks to promote v2: the survey is in. Another person must agree within 24 hours; until then nothing moves. By then nothing was proven worse in 240 requests (evidence 1.3 of the 20 that an alarm needs).',
  },
  {
    situation: 'aborted in the canary',
    told: step({
      type: 'abort',
      state: 'aborted',
      by: 'me',
      reason: 'changed my mind',
      logE: 0.3,
      candidateRequests: 861,
      routing: routing(0),
    }),
    says: 'v2 was aborted by me: changed my mind. All traffic is on v1 again. By then nothing was proven worse in 861 requests (evidence 1.3 of the 20 that an alarm needs).',
  },
  {
    situation: 'aborted in shadow',
    told: step({
      type: 'abort',
      state: 'aborted',
      stage: -1,
      by: 'me',
      logE: 0,
      candidateRequests: 0,
      routing: routing(0),
    }),
    says: 'v2 was aborted by me. No user ever saw it.',
  },
  {
    situation: 'aborted, in a log from before aborts had a name',
    told: step({
      type: 'rollback',
      state: 'rolled_back',
      by: 'me',
      reason: 'abort by me: changed my mind',
      logThreshold: null,
      candidate: null,
      stable: null,
      candidateRequests: null,
      routing: routing(0),
    }),
    says: 'The rollout was aborted by me: changed my mind. All traffic is on stable again.',
  },
  {
    situation: 'promoted by a person',
    told: step({
      type: 'promote',
      state: 'promoted',
      by: 'ann',
      reason: 'we need it today',
      logE: 1.1,
      routing: routing(0),
    }),
    says: 'v2 was promoted by ann: we need it today. v2 answers everybody now. By then nothing was proven worse in 240 requests (evidence 3 of the 20 that an alarm needs).',
  },
];

/** Steps on the way. */
export const STEPS: readonly Situation[] = [
  {
    situation: 'it begins in shadow',
    told: step({ type: 'start', state: 'shadow', stage: -1, routing: routing(0) }),
    says: "v2 begins in shadow: it answers copies of v1's requests, and no user sees it.",
  },
  {
    situation: 'it begins with a part of the traffic',
    told: step({ type: 'start', by: 'ann' }),
    says: 'v2 begins with 5 % of the traffic, beside v1.',
  },
  {
    situation: 'an experiment begins',
    told: step({ ...EXPERIMENT, type: 'start', state: 'ab', routing: EXPERIMENT_ARMS }),
    says: 'An experiment begins: stable (v1) 40 %, short (v2) 30 %, kind (v3) 30 %.',
  },
  {
    situation: 'the shadow has passed',
    told: step({ type: 'advance', evidence: [pairs('empathy', 42, 9, 11)], reason: 'the shadow passed: …' }),
    says: 'v2 has passed its shadow: in 42 pairs of answers nothing is proven worse. v2 now gets 5 % of the traffic.',
  },
  {
    situation: 'the next stage',
    told: step({ type: 'advance', stage: 1, reason: 'stage 1 of 4 passed …', routing: routing(25) }),
    says: 'Nothing is proven worse in 240 requests. v2 now gets 25 % of the traffic.',
  },
  {
    situation: 'somebody skips the rest of a stage',
    told: step({
      type: 'advance',
      by: 'ann (key_0123456789ab)',
      stage: 1,
      reason: 'seen enough',
      routing: routing(25),
    }),
    says: 'ann ended the stage before its time: seen enough. v2 now gets 25 % of the traffic.',
  },
  {
    situation: 'a stage has passed, and the plan asks for somebody',
    told: step({ type: 'pause', state: 'paused', stage: 1, pause: { untilMs: null }, routing: routing(25) }),
    says: 'Nothing is proven worse in 240 requests. v2 waits at 25 % of the traffic for someone to resume (coalmine resume support-v2).',
  },
  {
    situation: 'the shadow has passed, and the plan asks for somebody',
    told: step({
      type: 'pause',
      state: 'paused',
      stage: -1,
      pause: { untilMs: null },
      evidence: [pairs('empathy', 42, 9, 11)],
      candidateRequests: 0,
      routing: routing(0),
    }),
    says: 'v2 has passed its shadow: in 42 pairs of answers nothing is proven worse. v2 waits where no user sees it for someone to resume (coalmine resume support-v2).',
  },
  {
    situation: 'it is proven, and the plan asks for two days before the promotion',
    told: step({
      type: 'pause',
      state: 'paused',
      reason: 'proven good enough with 240 candidate requests: …',
      pause: { untilMs: 1_000_000 + 172_800_000 },
      routing: routing(25),
    }),
    says: 'v2 is proven good enough in 240 requests. v2 waits at 25 % of the traffic for 2 days, then it goes on by itself (sooner: coalmine resume support-v2).',
  },
  {
    situation: 'a planned pause is over',
    told: step({ type: 'resume', reason: 'the planned pause is over', routing: routing(25) }),
    says: 'v2 goes on at 25 % of the traffic: its planned pause is over.',
  },
  {
    situation: 'the budget lets it have more',
    told: step({ type: 'adjust', routing: routing(8.3) }),
    says: 'v2 now gets 8.3 % of the traffic: as much as its budget of harm allows by what was seen.',
  },
  {
    situation: 'on hold in the canary',
    told: step({ reason: 'the judge is silent: scores stand 42 s behind the exchanges' }),
    says: 'On hold: the judge is silent: scores stand 42 s behind the exchanges. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'on hold, telemetry is missing',
    told: step({
      reason: "telemetry is missing: seen were 71.4 % of v2's requests and 100 % of v1's; 99 % are needed",
    }),
    says: "On hold: telemetry is missing: seen were 71.4 % of v2's requests and 100 % of v1's; 99 % are needed. v2 stays at 5 % of the traffic until that is over.",
  },
  {
    situation: 'on hold, the judge fails on one side',
    told: step({
      reason:
        "the judge lags or fails: scores of valid tool calls cover 51.3 % of v2's requests and 100 % of v1's; 99 % are needed",
    }),
    says: "On hold: the judge lags or fails: scores of valid tool calls cover 51.3 % of v2's requests and 100 % of v1's; 99 % are needed. v2 stays at 5 % of the traffic until that is over.",
  },
  {
    situation: 'on hold, a metric has no score',
    told: step({ reason: 'no data: nothing was scored for valid tool calls yet' }),
    says: 'On hold: no data: nothing was scored for valid tool calls yet. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'on hold, the candidate had no request',
    told: step({ reason: 'no data: no request of v2 was seen in this stage' }),
    says: 'On hold: no data: no request of v2 was seen in this stage. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'on hold, no caller may name subjects',
    told: step({
      reason:
        'no data: all 1,234 requests in this stage came from callers without the role `subjects`, which count for nothing; give the application a key with that role (docs/keys.md)',
    }),
    says: 'On hold: no data: all 1,234 requests in this stage came from callers without the role `subjects`, which count for nothing; give the application a key with that role (docs/keys.md). v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'on hold, the judge is behind',
    told: step({
      reason:
        'the judge is 42 s behind and scores 2 % of answers: at this pace the stage will have 12 of the 200 requests that it still needs by the deadline in 50 s; add 9 more judges for each that runs (a JUDGE_INSTANCE of its own, same group; at most one per partition), or give the rollout a later deadline',
    }),
    says: 'On hold: the judge is 42 s behind and scores 2 % of answers: at this pace the stage will have 12 of the 200 requests that it still needs by the deadline in 50 s; add 9 more judges for each that runs (a JUDGE_INSTANCE of its own, same group; at most one per partition), or give the rollout a later deadline. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'on hold in shadow',
    told: step({
      state: 'shadow',
      stage: -1,
      reason: 'no data: no shadow was compared with a live answer yet',
      routing: routing(0),
    }),
    says: 'On hold: no data: no shadow was compared with a live answer yet. v2 stays where no user sees it until that is over.',
  },
  {
    situation: 'no longer on hold',
    told: step({ type: 'release', reason: 'no longer: the judge is silent: scores stand 42 s behind the exchanges' }),
    says: 'v2 goes on; what held it is over (the judge is silent: scores stand 42 s behind the exchanges).',
  },
  {
    situation: 'a check says no',
    told: step({
      type: 'check',
      checks: [{ name: 'release', outcome: 'failed', reason: 'change freeze until Monday', atMs: 1_000_000 }],
    }),
    says: 'Check release does not pass: change freeze until Monday. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'a check can’t be asked, another passes',
    told: step({
      type: 'check',
      checks: [
        { name: 'release', outcome: 'passed', reason: '', atMs: 1_000_000 },
        { name: 'cpu', outcome: 'unanswered', reason: 'not done within 10000 ms', atMs: 1_000_000 },
      ],
    }),
    says: 'Check release passed. Check cpu could not be asked: not done within 10000 ms. v2 stays at 5 % of the traffic until that is over.',
  },
  {
    situation: 'a check passes',
    told: step({
      type: 'check',
      checks: [{ name: 'release', outcome: 'passed', reason: 'approved by bob', atMs: 1_000_000 }],
    }),
    says: 'Check release passed: approved by bob.',
  },
  {
    situation: 'a check ends it',
    told: step({
      type: 'rollback',
      state: 'rolled_back',
      reason: 'check cpu does not pass: the query gives 0.95, at most 0.9 is allowed',
      checks: [
        { name: 'cpu', outcome: 'failed', reason: 'the query gives 0.95, at most 0.9 is allowed', atMs: 1_000_000 },
      ],
      routing: routing(0),
    }),
    says: 'Check cpu does not pass: the query gives 0.95, at most 0.9 is allowed. All traffic is on v1 again.',
  },
  {
    situation: 'switched after the smoke check',
    told: step({ type: 'switch', state: 'watch', reason: 'the smoke check passed, …', routing: routing(100) }),
    says: 'v2 has passed its smoke check: it answers everybody now, and is watched.',
  },
];
