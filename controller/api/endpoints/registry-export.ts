import { exportFile } from '../../registry/registry-export.ts';
import type { Handler } from './handler.ts';

export const exportRegistry: Handler<'exportRegistry'> = async ({ registry }, _, { person }) => ({
  ok: exportFile(registry, person.sees),
});

export const importRegistry: Handler<'importRegistry'> = (controller, { body }, { person, signal }) =>
  controller.importRegistry(body, person, signal);
