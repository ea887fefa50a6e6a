import { pairs, proof, standing, time, type Situation } from './situation.fixture.ts';

/** Where a rollout under way stands. */
export const STANDINGS: readonly Situation[] = [
  {
    situation: 'by budget, two metrics unproven',
    told: standing({
      evidence: [proof('error_rate', 3.4, 310), proof('tool_validity', 1.25, 155), proof('empathy', 2.4, 300)],
      time: time(560, 1_340, [
        ['tool_validity', 530, 1_260, 0.5],
        ['empathy', 40, 77, 1],
      ]),
    }),
    says: 'v2 gets 5 % of the traffic. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it). Promotion needs evidence 20 in each of 3 metrics; missing: valid tool calls (evidence 3.5, about 1,300 more requests, 9 hours), empathy (evidence 11, about 77 more requests, 40 minutes). At 12 requests a minute it needs about 9 hours more and 1,300 requests of the candidate, if that is as good as stable; valid tool calls are the slowest to prove.',
  },
  {
    situation: 'by budget, a metric without a value, one without a pace',
    told: standing({
      evidence: [proof('error_rate', 0.1, 310), proof('json_validity', 0, 0)],
    }),
    says: 'v2 gets 5 % of the traffic. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it). Promotion needs evidence 20 in each of 2 metrics; missing: valid JSON (no value yet), errors (evidence 1.1).',
  },
  {
    situation: 'by budget, nothing was scored yet',
    told: standing({ candidateRequests: 3, logE: 0 }),
    says: 'v2 gets 5 % of the traffic. Nothing is proven worse so far in 3 requests (evidence 1 of the 20 that stop it). Promotion needs proof, and no metric has a value yet.',
  },
  {
    situation: 'just begun, over a day at this traffic',
    told: standing({
      candidateRequests: 0,
      logE: 0,
      time: time(3_100, 4_200, [['error_rate', 3_100, 4_200, 1]], {
        instead: { metric: 'error_rate', field: 'rateFloor', value: 0.02, minutes: 190 },
      }),
    }),
    says: 'v2 gets 5 % of the traffic. No request of v2 was seen yet. Promotion needs proof, and no metric has a value yet. At 12 requests a minute it needs about 2 days more and 4,200 requests of the candidate, if that is as good as stable; errors are the slowest to prove. With tolerance 2 % instead of 0.1 % (`rateFloor` of errors): about 3 hours.',
  },
  {
    situation: 'just begun, and no traffic was seen',
    told: standing({
      candidateRequests: 0,
      logE: 0,
      time: time(null, 2_640, [['error_rate', null, 2_640, 1]], { requestsPerMinute: null }),
    }),
    says: 'v2 gets 5 % of the traffic. No request of v2 was seen yet. Promotion needs proof, and no metric has a value yet. No traffic was seen yet: it needs about 2,600 requests of the candidate.',
  },
  {
    situation: 'just begun, with next to no traffic',
    told: standing({
      candidateRequests: 0,
      logE: 0,
      time: time(null, null, [['latency', null, null, 1]], { requestsPerMinute: 0.04 }),
    }),
    says: 'v2 gets 5 % of the traffic. No request of v2 was seen yet. Promotion needs proof, and no metric has a value yet. At 0.04 requests a minute it needs more than a month; response time is the slowest to prove.',
  },
  {
    situation: 'a metric that no answer had a value of, so that no time can be told',
    told: standing({
      evidence: [proof('error_rate', 3.4, 310), proof('faithfulness', 0, 0)],
      time: time(null, null, [['faithfulness', null, null, 0]]),
    }),
    says: "v2 gets 5 % of the traffic. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it). Promotion needs evidence 20 in each of 2 metrics; missing: faithfulness to the sources (no value yet). How long it takes can't be told: no answer had a value yet of faithfulness to the sources.",
  },
  {
    situation: 'by the time of its stages, with what they take in all',
    told: standing({
      promotion: 'timer',
      stages: 4,
      weightPct: 25,
      stage: 1,
      dueMs: 1_720_000,
      time: time(252, 900, []),
    }),
    says: 'v2 gets 25 % of the traffic in stage 2 of 4, for 12 minutes more. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it). At 12 requests a minute its stages take about 4 hours.',
  },
  {
    situation: 'by the time of its stages',
    told: standing({
      promotion: 'timer',
      stages: 4,
      weightPct: 25,
      stage: 1,
      minRequests: 20,
      dueMs: 1_720_000,
    }),
    says: 'v2 gets 25 % of the traffic in stage 2 of 4, for 12 minutes more. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'too few requests',
    told: standing({
      promotion: 'timer',
      stages: 4,
      candidateRequests: 318,
      stageRequests: 8,
      stage: 1,
      minRequests: 20,
    }),
    says: 'v2 gets 5 % of the traffic in stage 2 of 4. Nothing is proven worse so far in 318 requests (evidence 1.5 of the 20 that stop it). The stage needs 20 requests; missing: 12.',
  },
  {
    situation: 'in shadow',
    told: standing({
      state: 'shadow',
      stage: -1,
      weightPct: 0,
      evidence: [pairs('empathy', 30, 6, 9)],
      dueMs: 1_600_000,
      candidateRequests: 0,
    }),
    says: "v2 is in shadow: it answers copies of v1's requests, and no user sees it, for 10 minutes more. Nothing is proven worse so far in 30 pairs of answers (evidence 1.5 of the 20 that stop it).",
  },
  {
    situation: 'on hold',
    told: standing({
      hold: 'the judge is silent: scores stand 42 s behind the exchanges',
      evidence: [proof('error_rate', 3.4, 310)],
    }),
    says: 'On hold: the judge is silent: scores stand 42 s behind the exchanges. v2 stays at 5 % of the traffic until that is over. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it). All that promotion needs is proven.',
  },
  {
    situation: 'on hold by a check',
    told: standing({ promotion: 'timer', hold: 'check release does not pass: change freeze until Monday' }),
    says: 'On hold: check release does not pass: change freeze until Monday. v2 stays at 5 % of the traffic until that is over. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'paused',
    told: standing({ state: 'paused', pausedBy: 'ann', promotion: 'timer' }),
    says: 'v2 was paused by ann and stays at 5 % of the traffic until somebody resumes it. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'a promotion that takes two people, and one has asked for it',
    told: standing({ approval: { by: 'ann (key_0123)', arm: null, leftMs: 22 * 3_600_000 }, promotion: 'timer' }),
    says: 'v2 gets 5 % of the traffic. ann asked to promote v2; another person must agree within 22 hours (coalmine promote support-v2). Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'in a planned pause, until somebody resumes it',
    told: standing({
      state: 'paused',
      pause: { untilMs: null },
      promotion: 'timer',
      weightPct: 25,
      stages: 3,
      stage: 1,
    }),
    says: 'v2 waits at 25 % of the traffic for someone to resume (coalmine resume support-v2). Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'in a planned pause of some hours',
    told: standing({ state: 'paused', pause: { untilMs: 7_300_000 }, promotion: 'timer', weightPct: 25, stage: 1 }),
    says: 'v2 waits at 25 % of the traffic for 105 minutes, then it goes on by itself (sooner: coalmine resume support-v2). Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'in a planned pause before any traffic, as a controller without its windows knows it',
    told: standing({
      state: 'paused',
      pause: { untilMs: 7_300_000 },
      weightPct: 0,
      stage: -1,
      streamTimeMs: null,
      evidence: [pairs('empathy', 30, 6, 9)],
    }),
    says: 'v2 waits where no user sees it until its planned pause is over (sooner: coalmine resume support-v2). Nothing is proven worse so far in 30 pairs of answers (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'in a planned pause that somebody made to wait',
    told: standing({ state: 'paused', pause: { untilMs: null }, pausedBy: 'ann', promotion: 'timer' }),
    says: 'v2 was paused by ann and stays at 5 % of the traffic until somebody resumes it. Nothing is proven worse so far in 310 requests (evidence 1.5 of the 20 that stop it).',
  },
  {
    situation: 'before the eval gate',
    told: standing({ state: 'gate', stage: -2, weightPct: 0, candidateRequests: 0 }),
    says: 'v2 waits for its eval gate; nothing of it was tried yet.',
  },
  {
    situation: 'watched after a switch',
    told: standing({
      state: 'watch',
      weightPct: 100,
      promotion: null,
      logE: null,
      logThreshold: null,
      dueMs: 1_600_000,
    }),
    says: 'v2 answers everybody and is watched, for 10 minutes more. No threshold is broken in 310 requests.',
  },
  {
    situation: 'an experiment',
    told: standing({
      state: 'ab',
      candidate: null,
      weightPct: null,
      promotion: null,
      candidateRequests: null,
      logE: 1.4,
      logThreshold: Math.log(60),
      dueMs: 8_200_000,
    }),
    says: 'The experiment is under way, for 2 hours more. Nobody has won yet: the evidence for the leader is 4.1 of 60.',
  },
];
