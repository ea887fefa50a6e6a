import { z } from 'zod';
import type { RoutingView } from '../../schemas/routing-view.ts';
import { ServableView } from '../../schemas/servable-view.ts';
import { createKeptFile, type KeptFile, readKeptFile } from './kept-file.ts';
import type { Log } from '../process/log.ts';

/**
 * The views in the file; none when there is no file, or when it can't be read (said in the log). One that can't be read, as of
 * another release, is left out alone.
 */
export const readRoutingFile = async (file: string, log: Log): Promise<RoutingView[]> => {
  const kept = (await readKeptFile(file, z.array(z.unknown()), 'routing', log)) ?? [];
  return kept.flatMap((value) => {
    const parsed = ServableView.safeParse(value);
    if (!parsed.success)
      log.warn({ err: parsed.error, file }, 'a routing view in the file was left out: it can not be read');
    return parsed.data ?? [];
  });
};

/** Keeps the views on disk, for a start without Redis. */
export const createRoutingFile = (file: string, views: ReadonlyMap<string, RoutingView>, log: Log): KeptFile =>
  createKeptFile(file, () => [...views.values()], 'routing', log);
