import { noAgent, unknown } from '../../commands/refusal.ts';
import { baselineSummary } from '../../registry/plan-baseline.ts';
import { datasetsNamed, datasetSummary } from '../../registry/plan-dataset.ts';
import { type Handler, inPage } from './handler.ts';

export const createDataset: Handler<'createDataset'> = (controller, asked, { person, signal }) =>
  controller.createDataset(asked, person, signal);

export const listDatasets: Handler<'listDatasets'> = async ({ registry }, { params, query }, { person }) => {
  const { agent } = params;
  if (!person.sees(agent)) return { refusal: noAgent(agent) };
  return inPage(
    {
      list: 'datasets',
      entries: registry.all('Dataset', agent),
      positionOf: ({ createdAtMs, name, label }) => [createdAtMs, name, label],
    },
    query,
    (datasets) => ({ datasets: datasets.map(datasetSummary) }),
  );
};

export const getDataset: Handler<'getDataset'> = async ({ registry }, { params, query }, { person }) => {
  const { agent, name } = params;
  if (!person.sees(agent)) return { refusal: noAgent(agent) };
  const { label } = query;
  const found = datasetsNamed(registry, agent, name).findLast((one) => label === undefined || one.label === label);
  const which = label === undefined ? name : `${name} ${label}`;
  return found === undefined ? { refusal: unknown(`agent ${agent} has no dataset ${which}`) } : { ok: found };
};

export const recordBaseline: Handler<'recordBaseline'> = (controller, asked, { person, signal }) =>
  controller.recordBaseline(asked, person, signal);

export const listBaselines: Handler<'listBaselines'> = async ({ registry }, { params, query }, { person }) => {
  const { agent } = params;
  if (!person.sees(agent)) return { refusal: noAgent(agent) };
  return inPage(
    { list: 'baselines', entries: registry.all('Baseline', agent), positionOf: ({ name }) => [name] },
    query,
    (baselines) => ({ baselines: baselines.map(baselineSummary) }),
  );
};

export const getBaseline: Handler<'getBaseline'> = async ({ registry }, { params: { agent, name } }, { person }) => {
  const found = person.sees(agent) ? registry.find('Baseline', `${agent}/${name}`) : undefined;
  return found === undefined ? { refusal: unknown(`agent ${agent} has no baseline ${name}`) } : { ok: found };
};
