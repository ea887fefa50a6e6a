import { z } from 'zod';
import { RegisteredDataset } from './dataset.ts';
import { type Endpoint, PathName } from './endpoint.ts';
import { GateBaseline } from './gate-baseline.ts';
import { pageAsked, pageTold } from './page.ts';
import { RegistryFile } from './registry-file.ts';
import { MAX_ENTRY_BYTES } from './registry-kinds.ts';
import { BaselineSummary, CreatedVersion, DatasetSummary, VersionSummary, VersionView } from './registry-views.ts';
import { Name } from './routing-view.ts';

/** A body holds an entry, with its quotes escaped again where it is a text. */
const MAX_BODY_BYTES = 2 * MAX_ENTRY_BYTES;

const ofAgent = z.object({ agent: PathName });
const ofVersion = ofAgent.extend({ version: PathName });
const ofNamed = ofAgent.extend({ name: PathName });

const text = z
  .string()
  .nullish()
  .transform((given) => given ?? '');

const CreatedDataset = z.object({ dataset: DatasetSummary, result: z.enum(['created', 'unchanged']) });

/** The part of the controller's HTTP API that is about what is registered. */
export const REGISTRY_API = {
  createVersions: {
    role: 'propose',
    method: 'POST',
    path: '/v1/versions',
    does: 'Agent documents, of which the versions alone are registered: nobody is sent anywhere by it. Each needs `code`. The same content is `unchanged`; a label with another content is refused with the next free one. With `label` only that version of each. Of an agent that nobody has applied it takes the role `admin`',
    query: z.strictObject({ label: Name.optional() }),
    body: text,
    isText: true,
    response: z.object({ versions: z.array(CreatedVersion) }),
  },
  listVersions: {
    role: 'view',
    method: 'GET',
    path: '/v1/versions',
    does: 'every version, registered or in service, of one agent or of all, oldest first: id, code, parent, who made it, where it answers, what its last gate found, what its upstream says that it is',
    query: z.strictObject({ ...pageAsked, agent: z.string().min(1).optional() }),
    response: z.object({ versions: z.array(VersionSummary), ...pageTold }),
  },
  getVersion: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/versions/:version',
    does: 'a version by its label, its id or the first 8 characters of that: its content, and its lineage by the decision log (moves, gates, rollouts, incidents; the latest 50 of each)',
    params: ofVersion,
    response: VersionView,
  },
  labelVersion: {
    role: 'propose',
    method: 'POST',
    path: '/v1/agents/:agent/versions/:version/labels',
    does: 'one more label for the content of a registered version. A label stays what it is: one that is taken is refused (400)',
    params: ofVersion,
    body: z.strictObject({ label: Name }),
    response: CreatedVersion,
  },
  createDataset: {
    role: 'propose',
    method: 'POST',
    path: '/v1/agents/:agent/datasets',
    does: 'a golden dataset, as lines of JSON; its id is the SHA-256 of the lines in canonical form and sorted, so that neither their order nor that of their fields matters. The same content of that name is `unchanged`; without `label` it gets the next of v1, v2 …',
    params: ofAgent,
    body: z.strictObject({ name: Name, label: Name.optional(), content: z.string().max(MAX_ENTRY_BYTES) }),
    maxBytes: MAX_BODY_BYTES,
    response: CreatedDataset,
  },
  listDatasets: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/datasets',
    does: 'every dataset of the agent without its content, oldest first',
    params: ofAgent,
    query: z.strictObject(pageAsked),
    response: z.object({ datasets: z.array(DatasetSummary), ...pageTold }),
  },
  getDataset: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/datasets/:name',
    does: 'one with its content, by label; without one the latest of that name',
    params: ofNamed,
    query: z.strictObject({ label: Name.optional() }),
    response: z.object({ ...RegisteredDataset.shape }),
  },
  recordBaseline: {
    role: 'propose',
    method: 'POST',
    path: '/v1/agents/:agent/baselines',
    does: 'what a gate measured of a version, by case, for later gates to compare with; takes the place of the one of that name',
    params: ofAgent,
    body: z.strictObject({
      name: Name,
      version: Name.optional(),
      ...GateBaseline.pick({ dataset: true, measured: true, answers: true }).partial({ dataset: true }).shape,
    }),
    maxBytes: MAX_BODY_BYTES,
    response: BaselineSummary,
  },
  listBaselines: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/baselines',
    does: 'every baseline of the agent: of which version and dataset, and since when',
    params: ofAgent,
    query: z.strictObject(pageAsked),
    response: z.object({ baselines: z.array(BaselineSummary), ...pageTold }),
  },
  getBaseline: {
    role: 'view',
    method: 'GET',
    path: '/v1/agents/:agent/baselines/:name',
    does: 'one with all that was measured',
    params: ofNamed,
    response: GateBaseline,
  },
  exportRegistry: {
    role: 'view',
    method: 'GET',
    path: '/v1/registry',
    does: 'all that is registered of the agents that the key is for, as one file',
    response: RegistryFile,
  },
  importRegistry: {
    role: 'admin',
    method: 'POST',
    path: '/v1/registry',
    does: 'such a file, or a part of it. What is there already stays; one label with another content, and nothing is written (409). Who made what, and when, stays as the file says; the record on the topic has who imported it',
    body: text,
    isText: true,
    maxBytes: MAX_BODY_BYTES,
    response: z.object({ written: z.number(), unchanged: z.number() }),
  },
} as const satisfies Record<string, Endpoint>;
