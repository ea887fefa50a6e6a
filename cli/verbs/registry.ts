import type { Verb } from './verb.ts';

/** Everything that `coalmine` can do, by what it is about. A verb is loaded when it is asked for: all of them take most of a second. */
export const VERB_GROUPS: Readonly<Record<string, Readonly<Record<string, () => Promise<Verb>>>>> = {
  'On this machine': {
    start: async () => (await import('./start.ts')).start,
    dev: async () => (await import('./dev.ts')).dev,
  },
  Documents: {
    apply: async () => (await import('./apply.ts')).apply,
    diff: async () => (await import('./diff.ts')).diff,
    validate: async () => (await import('./validate.ts')).validate,
    import: async () => (await import('./import.ts')).importManifest,
  },
  'Rollouts and agents': {
    list: async () => (await import('./list.ts')).list,
    get: async () => (await import('./get.ts')).get,
    watch: async () => (await import('./watch.ts')).watch,
    explain: async () => (await import('./explain.ts')).explain,
    history: async () => (await import('./history.ts')).history,
    pause: async () => (await import('./steps.ts')).pause,
    resume: async () => (await import('./steps.ts')).resume,
    promote: async () => (await import('./steps.ts')).promote,
    skip: async () => (await import('./steps.ts')).skip,
    approve: async () => (await import('./steps.ts')).approve,
    abort: async () => (await import('./steps.ts')).abort,
    retry: async () => (await import('./retry.ts')).retry,
    rollback: async () => (await import('./rollback.ts')).rollback,
  },
  'Before a rollout': {
    gate: async () => (await import('./gate.ts')).gate,
  },
  'Versions and datasets': {
    version: async () => (await import('./version.ts')).version,
    versions: async () => (await import('./versions.ts')).versions,
    dataset: async () => (await import('./dataset.ts')).dataset,
  },
  'What was measured': {
    compare: async () => (await import('./compare.ts')).compare,
    tail: async () => (await import('./tail.ts')).tail,
    export: async () => (await import('./export.ts')).exportRecords,
    replay: async () => (await import('./replay.ts')).replay,
    trace: async () => (await import('./trace.ts')).traceVerb,
    calibrate: async () => (await import('./calibrate.ts')).calibrate,
    'shadow-report': async () => (await import('./shadow-report.ts')).shadowReport,
  },
  'Operating it': {
    doctor: async () => (await import('./doctor.ts')).doctor,
    keys: async () => (await import('./keys.ts')).keys,
    audit: async () => (await import('./audit.ts')).audit,
    lag: async () => (await import('./lag.ts')).lag,
    offsets: async () => (await import('./offsets.ts')).offsets,
    dlq: async () => (await import('./dlq.ts')).dlq,
    acls: async () => (await import('./acls.ts')).acls,
  },
  'This program': {
    context: async () => (await import('./context.ts')).context,
    completions: async () => (await import('./completions.ts')).completions,
  },
};

/** Each with the name that it is asked for by. */
export const VERBS = Object.entries(VERB_GROUPS).flatMap(([heading, verbs]) =>
  Object.entries(verbs).map(([name, load]) => ({ heading, name, load })),
);
