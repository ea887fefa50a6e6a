/** Every place of the page that the seeded controller has something to show in. */
export const PLACES: readonly { name: string; hash: string; heading: string | RegExp }[] = [
  { name: 'overview', hash: '#/', heading: 'Overview' },
  { name: 'rollouts', hash: '#/rollouts', heading: 'Rollouts' },
  { name: 'rollout', hash: '#/rollouts/support-v3', heading: /^support-v3/ },
  { name: 'rolled-back', hash: '#/rollouts/support-v2', heading: /^support-v2/ },
  { name: 'suspicious', hash: '#/rollouts/billing-v2', heading: /^billing-v2/ },
  { name: 'versions', hash: '#/versions', heading: 'Versions' },
  { name: 'version', hash: '#/versions/support/v2?against=v1', heading: /^support v2/ },
  { name: 'shadow', hash: '#/shadows', heading: 'Shadow' },
  { name: 'exchanges', hash: '#/exchanges?agent=support', heading: 'Exchanges' },
  { name: 'exchange', hash: '#/exchanges/01JD0003QZ7M3XV5T8W2RB', heading: 'Exchange' },
  { name: 'gates', hash: '#/gates', heading: 'Gates' },
  { name: 'gate', hash: '#/gates/support-questions', heading: /^support-questions/ },
  { name: 'experiments', hash: '#/experiments', heading: 'Experiments' },
  { name: 'pipeline', hash: '#/pipeline', heading: 'Pipeline' },
  { name: 'alerts', hash: '#/alerts', heading: 'Alerts' },
  { name: 'audit', hash: '#/audit?agent=search', heading: 'Audit' },
];
