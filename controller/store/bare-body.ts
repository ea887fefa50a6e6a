import type { Body, Exchange } from '../../schemas/exchange.ts';
import type { FoldedShadow } from './folded-shadow.ts';

/** A body without its text, which stands elsewhere; so many characters of it are this one's. */
export type BareBody = Omit<Body, 'text'> & { characters: number };

const bare = ({ state, contentType, sizeBytes, sha256, text }: Body): BareBody => ({
  state,
  contentType,
  sizeBytes,
  sha256,
  characters: text.length,
});

export const bodyOf = ({ characters: _characters, ...body }: BareBody, text: string): Body => ({ ...body, text });

/** An exchange or a shadow whose bodies are bare: their texts are one behind the other, the request's first. */
export type BareExchange = Omit<Exchange, 'requestBody' | 'responseBody'> & {
  requestBody: BareBody;
  responseBody: BareBody;
};
export type BareShadow = Omit<FoldedShadow, 'responseBody' | 'exchange'> &
  FoldedShadow['exchange'] & { responseBody: BareBody };

export const bareExchange = (exchange: Exchange): BareExchange => ({
  ...exchange,
  requestBody: bare(exchange.requestBody),
  responseBody: bare(exchange.responseBody),
});

export const bareShadow = ({ exchange, ...shadow }: FoldedShadow): BareShadow => ({
  ...shadow,
  ...exchange,
  responseBody: bare(shadow.responseBody),
});
