import { hash } from 'node:crypto';
import serialize from 'canonicalize';
import { z } from 'zod';
import { RolloutDocument } from '../../schemas/documents.ts';
import { isCanary, PLANNED_STAGES, promotionOf } from './strategy.ts';

/** The document as its schema reads it again, with the promotion and the stages that a canary got by default. */
export const withDefaults = ({ spec, ...document }: RolloutDocument): z.input<typeof RolloutDocument> => {
  if (!isCanary(spec)) return z.encode(RolloutDocument, { ...document, spec });
  const promotion = promotionOf(spec);
  const planned = promotion === 'budget' ? {} : { stages: spec.stages ?? PLANNED_STAGES };
  return z.encode(RolloutDocument, { ...document, spec: { ...spec, promotion, ...planned } });
};

/**
 * What a document says, as a SHA-256 of its canonical JSON (RFC 8785): the same for the same name and plan, whatever the order
 * of its fields, the units of its durations, and the defaults that it says or leaves out.
 */
export const contentOf = (document: RolloutDocument): string => {
  const text = serialize(withDefaults(document));
  if (text === undefined) throw new RangeError('a document has no canonical JSON');
  return hash('sha256', text, 'hex');
};
