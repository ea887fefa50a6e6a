import type { Evidence } from '../decision.ts';
import {
  arms,
  EXPERIMENT,
  pairs,
  rollback,
  routing,
  row,
  step,
  threshold,
  type Situation,
} from './situation.fixture.ts';

const FAILS = row('error_rate', arms([0.05, 240], [0.004, 4_000]));
const TAIL: Partial<Evidence> = { rule: 'p99 exceedances', difference: 0.95, lower: 0.2, upper: 1 };

/** Verdicts of "worse". */
export const HARM: readonly Situation[] = [
  {
    situation: 'nearly all answers are in stable’s tail',
    told: rollback(row('latency', { ...arms([3.9, 12], [1.2, 480]), ...TAIL })),
    says: "v2 is slower: nearly all of its 12 answers took longer than 99 % of v1's 480 (99th percentile 3.9 s, v1's 1.2 s). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'a part of the answers is in stable’s tail',
    told: rollback(row('latency', { ...arms([2.4, 300], [1.2, 4_800]), ...TAIL, difference: 0.11 })),
    says: "v2 is slower: 36 of its 300 answers (12 %) took longer than 99 % of v1's 4,800 (99th percentile 2.4 s, v1's 1.2 s). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'the median is higher',
    told: rollback(
      row('latency_p50', { ...arms([0.9, 200], [0.6, 4_000]), ...TAIL, rule: 'p50 exceedances', difference: 0.3 }),
    ),
    says: "v2 is slower: 160 of its 200 answers (80 %) took longer than half of v1's 4,000 (median 900 ms, v1's 600 ms). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'slow before stable’s tail is known',
    told: rollback(row('latency', { ...arms([8, 6], [1.2, 110]), rule: 'p99 exceedances' })),
    says: "v2 is slower: its 99th percentile is 8 s over 6 answers, v1's is 1.2 s over 110. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'slow writing, where more is better',
    told: rollback(row('throughput', { ...arms([12, 90], [31, 1_900]), ...TAIL, rule: 'p1 exceedances' })),
    says: "v2 writes more slowly: nearly all of its 90 answers were written more slowly than 99 % of v1's 1,900 (1st percentile 12 tokens a second, v1's 31 tokens a second). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'more errors',
    told: rollback(FAILS),
    says: "v2 fails more often: 12 of its 240 requests failed (5 %), and 16 of v1's 4,000 (0.4 %). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'more errors, α = 0.001',
    told: rollback(FAILS, { logThreshold: Math.log(1_000), logE: 8 }),
    says: "v2 fails more often: 12 of its 240 requests failed (5 %), and 16 of v1's 4,000 (0.4 %). For a version as good as v1 such an alarm comes in at most 1 of 1,000 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'one slice collapses',
    told: rollback(row('task_success', { slice: 'category=irrelevance', ...arms([0.1, 40], [0.82, 760]) })),
    says: "v2 solves fewer tasks where category is irrelevance: 36 of its 40 answers with a reference did not solve the task (90 %), and 137 of v1's 760 (18 %). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'tools are called wrongly',
    told: rollback(row('tool_validity', arms([0.6, 50], [0.99, 900]))),
    says: "v2 calls tools wrongly more often: 20 of its 50 answers with tool calls called a tool wrongly (40 %), and 9 of v1's 900 (1 %). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'it calls tools less often',
    told: rollback(row('tool_validity:applies', { ...arms([0.44, 250], [0.61, 4_750]), rule: 'share applied to' })),
    says: "v2 gives fewer answers that call tools: tool_validity applied to 61 % of v1's answers and to 44 % of v2's (of 4,750 and 250). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'it calls no tools any more, in shadow',
    told: rollback(
      { ...pairs('tool_validity:applies', 60, 34, 0), rule: 'shadow lost pairs' },
      { stage: -1, candidateRequests: 0 },
    ),
    says: "v2 gives fewer answers that call tools: in shadow, of 60 pairs of answers to the same request, tool_validity applied to v1's answer alone in 34 and to v2's alone in 0. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. No user ever saw it.",
  },
  {
    situation: 'it calls no tools any more where one kind of request is asked',
    told: rollback(
      row('tool_validity:applies', {
        slice: 'topic=refund',
        ...arms([0, 40], [0.9, 760]),
        rule: 'share applied to',
      }),
    ),
    says: "v2 gives fewer answers that call tools where topic is refund: tool_validity applied to 90 % of v1's answers and to 0 % of v2's (of 760 and 40). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'it answers in words less often',
    told: rollback(row('refusal:applies', { ...arms([0.7, 300], [1, 5_700]), rule: 'share applied to' })),
    says: "v2 gives fewer answers in words: refusal applied to 100 % of v1's answers and to 70 % of v2's (of 5,700 and 300). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'a rubric has less to judge',
    told: rollback(row('tone:applies', { ...arms([0.2, 300], [0.5, 5_700]), rule: 'share applied to' })),
    says: "v2 gives fewer answers that tone applies to: tone applied to 50 % of v1's answers and to 20 % of v2's (of 5,700 and 300). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'it refuses',
    told: rollback(row('refusal', arms([0.2, 150], [0, 2_900]))),
    says: "v2 refuses more often: 30 of its 150 answers refused (20 %), and 0 of v1's 2,900 (0 %). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'a score falls',
    told: rollback(row('empathy', { ...arms([0.41, 210], [0.7, 4_000]), rule: 'bounded score' })),
    says: "v2 is less empathetic: its empathy is 0.41 on average over 210 answers, v1's 0.7 over 4,000 (0 to 1, more is better). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'a rubric’s score falls',
    told: rollback(row('tone', { ...arms([0.5, 80], [0.8, 90]), rule: 'bounded score' })),
    says: "v2 is worse in tone: its tone is 0.5 on average over 80 answers, v1's 0.8 over 90 (0 to 1, more is better). For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'answers cost more',
    told: rollback(row('cost', { ...arms([3.1, 400], [2, 7_600]), rule: 'mean ratio' })),
    says: "v2 costs more: its cost is $0.0031 on average over 400 answers, v1's $0.002 over 7,600. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'answers are longer',
    told: rollback(row('length', { ...arms([1.25, 300], [0.41, 5_700]), rule: 'mean ratio' })),
    says: "v2 writes longer answers: its length is 1,250 characters on average over 300 answers, v1's 410 characters over 5,700. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'in shadow, by pairs',
    told: rollback(pairs('empathy', 42, 31, 4), { stage: -1, candidateRequests: 0 }),
    says: "v2 is less empathetic: in shadow, of 42 pairs of answers to the same request, v2's was worse than v1's in 31 and better in 4. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. No user ever saw it.",
  },
  {
    situation: 'in the canary, by what the shadow had shown',
    told: rollback(pairs('empathy', 42, 31, 4), {
      evidence: [
        pairs('empathy', 42, 31, 4),
        row('empathy', { ...arms([0.6, 9], [0.7, 200], 0.1), rule: 'bounded score' }),
      ],
    }),
    says: "v2 is less empathetic: in shadow, of 42 pairs of answers to the same request, v2's was worse than v1's in 31 and better in 4. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'turned worse late, so that the pooled numbers look no worse',
    told: rollback(row('error_rate', arms([0.01, 9_000], [0.012, 9_100]))),
    says: "v2 fails more often: 90 of its 9,000 requests failed (1 %), and 109 of v1's 9,100 (1.2 %). Over the whole rollout together it looks no worse: the alarm compares both minute by minute, and counts from when v2 turned worse. For a version as good as v1 such an alarm comes in at most 5 of 100 rollouts. All traffic is on v1 again.",
  },
  {
    situation: 'a plain threshold is broken',
    told: rollback(
      threshold('error_rate', {
        ...arms([0.12, 400], [0.02, 3_600]),
        logE: null,
        detail:
          'error_rate: candidate 0.12 (n=400) against stable 0.02 (n=3600) is above 0.1 (maxAbsolute 0.1); plain thresholds, no bounded error',
      }),
      { logE: null, logThreshold: null },
    ),
    says: "v2 breaks its threshold of errors: 48 of its 400 requests failed (12 %), and 72 of v1's 3,600 (2 %); at most 10 % is allowed. A threshold bounds no error: how often it stops a version that is as good is not known. All traffic is on v1 again.",
  },
  {
    situation: 'a threshold of latency after a switch',
    told: rollback(
      threshold('latency', {
        candidateValue: 3.1,
        candidateCount: 500,
        logE: null,
        detail: 'latency: candidate 3.1 (n=500) is above 2 (maxAbsolute 2); plain thresholds, no bounded error',
      }),
      { logE: null, logThreshold: null },
    ),
    says: 'v2 breaks its threshold of response time: its 99th percentile is 3.1 s over 500 answers; at most 2 s is allowed. A threshold bounds no error: how often it stops a version that is as good is not known. All traffic is on v1 again.',
  },
  {
    situation: 'an experiment’s arm breaks a guardrail',
    told: rollback(
      row('error_rate', { ...arms([0.09, 300], [0.01, 310]), detail: 'kind 0.09 (n=300) against stable 0.01 (n=310)' }),
      {
        ...EXPERIMENT,
        reason: 'arm kind is worse than stable in error_rate: kind 0.09 (n=300) against stable 0.01 (n=310); E=60 ≥ 40',
        logThreshold: Math.log(40),
      },
    ),
    says: "Arm kind fails more often: 27 of its 300 requests failed (9 %), and 3 of stable's 310 (1 %). For a version as good as stable such an alarm comes in at most 25 of 1,000 experiments. All traffic is on v1 again.",
  },
  {
    situation: 'the eval gate fails',
    told: step({
      type: 'rollback',
      state: 'rolled_back',
      stage: -2,
      reason: 'the eval gate failed over 120 cases: 9 answers were wrong',
      candidateRequests: 0,
      routing: routing(0),
    }),
    says: 'The eval gate failed over 120 cases: 9 answers were wrong. No user ever saw it.',
  },
  {
    situation: 'the smoke check fails',
    told: step({
      type: 'rollback',
      state: 'rolled_back',
      stage: -1,
      reason: 'the smoke check failed, no traffic moved: request 1 was answered with 500',
      candidateRequests: null,
      routing: routing(0),
    }),
    says: 'The smoke check failed, no traffic moved: request 1 was answered with 500. No user ever saw it.',
  },
];
