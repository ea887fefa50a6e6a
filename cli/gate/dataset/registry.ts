import { bfcl } from './bfcl.ts';
import { csv } from './csv.ts';
import { jsonl } from './jsonl.ts';
import { pubmedqa } from './pubmedqa.ts';
import type { DatasetReader } from './reader.ts';
import { yaml } from './yaml.ts';

/** Every form of a golden dataset, one line each. */
export const DATASET_READERS: readonly DatasetReader[] = [jsonl, csv, yaml, bfcl, pubmedqa];
