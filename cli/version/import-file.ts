import { z } from 'zod';
import { FILE_LISTS, RegistryFile } from '../../schemas/registry-file.ts';
import { MAX_ENTRY_BYTES, REGISTRY_KIND_NAMES } from '../../schemas/registry-kinds.ts';
import { givenText } from '../documents/given-text.ts';
import type { ControllerClient } from '../controller/client.ts';

type Part = { list: string; value: unknown };

const readExport = async (file: string): Promise<RegistryFile> => {
  const given = await givenText(file);
  try {
    return RegistryFile.parse(JSON.parse(given));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new Error(`${file} is no file of \`coalmine version export\`: ${why}`, { cause: error });
  }
};

/** In parts of about a record's size, in the order of the file. */
const partsOf = (file: RegistryFile): Part[][] => {
  const parts: Part[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const list of REGISTRY_KIND_NAMES.map((kind) => FILE_LISTS[kind]))
    for (const value of file[list]) {
      const size = Buffer.byteLength(JSON.stringify(value));
      if (bytes + size > MAX_ENTRY_BYTES) {
        parts.push([]);
        bytes = 0;
      }
      parts.at(-1)?.push({ list, value });
      bytes += size;
    }
  return parts;
};

/** Gives a controller all that a file has, part by part. Rejects at the first that it refuses; those before it are written. */
export const importFile = async (
  controller: Pick<ControllerClient, 'importRegistry'>,
  file: string,
): Promise<{ written: number; unchanged: number }> => {
  const done = { written: 0, unchanged: 0 };
  for (const part of partsOf(await readExport(file))) {
    const lists = Object.fromEntries(
      Object.values(FILE_LISTS).map((list) => [
        list,
        part.filter((one) => one.list === list).map(({ value }) => value),
      ]),
    );
    const body = JSON.stringify({ apiVersion: 'coalmine/v1', kind: 'Registry', ...lists });
    const { written, unchanged } = await controller.importRegistry({ body });
    done.written += written;
    done.unchanged += unchanged;
  }
  return done;
};
