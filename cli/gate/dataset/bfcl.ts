import { messageOf } from '../../../schemas/error-message.ts';
import { loadPrompts } from '../../../examples/replay/dataset.ts';
import { loadReferences } from '../../../judge/answers/references-bfcl.io.ts';
import { benchmarkCase } from './benchmark-case.ts';
import { DatasetError } from './case.ts';
import type { DatasetReader } from './reader.ts';

/**
 * A folder of the Berkeley Function Calling Leaderboard. The category is a tag and a label; a category without accepted answers
 * is left out, as nothing could be held against it.
 */
export const bfcl: DatasetReader = (folder) => {
  try {
    const references = loadReferences(folder);
    return loadPrompts(folder).flatMap(({ referenceId, category, messages, tools }) => {
      const reference = references.get(referenceId);
      if (reference === undefined) return [];
      const { accepted } = reference;
      const request = { messages, tools };
      return [
        benchmarkCase({ id: referenceId, request, golden: null, accepted, tags: [category], slices: { category } }),
      ];
    });
  } catch (error) {
    throw new DatasetError(messageOf(error), { cause: error });
  }
};
