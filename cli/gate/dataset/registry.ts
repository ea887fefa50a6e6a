import type { GateDataset } from '../../../schemas/gate-plan.ts';
import { bfcl } from './bfcl.ts';
import { csv } from './csv.ts';
import { jsonl } from './jsonl.ts';
import { pubmedqa } from './pubmedqa.ts';
import type { DatasetReader } from './reader.ts';
import { yaml } from './yaml.ts';

/** Every form of a golden dataset, one line each; the plan says which one it is. */
export const DATASET_READERS: Readonly<Record<GateDataset['format'], DatasetReader>> = {
  jsonl,
  csv,
  yaml,
  bfcl,
  pubmedqa,
};
