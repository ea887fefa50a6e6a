import { z } from 'zod';
import { RoutingView } from '../../schemas/routing-view.ts';
import { createKeptFile, type KeptFile, readKeptFile } from './kept-file.ts';
import type { Log } from '../process/log.ts';

/** The views in the file; none when there is no file, or when it can't be read (said in the log). */
export const readRoutingFile = async (file: string, log: Log): Promise<RoutingView[]> =>
  (await readKeptFile(file, z.array(RoutingView), 'routing', log)) ?? [];

/** Keeps the views on disk, for a start without Redis. */
export const createRoutingFile = (file: string, views: ReadonlyMap<string, RoutingView>, log: Log): KeptFile =>
  createKeptFile(file, () => [...views.values()], 'routing', log);
