import type { Exchange } from '../../schemas/exchange.ts';
import type { Feedback } from '../../schemas/feedback.ts';
import type {
  Excerpt,
  ExchangesQuery,
  ExchangeSummary,
  FeedbackQuery,
  ScoresQuery,
  ScoreView,
  Series,
  ShadowsQuery,
  ShadowSummary,
  ShadowWhole,
  WindowsQuery,
} from '../../schemas/store-api.ts';
import type { Place } from './cursor.ts';

/** What is asked of the agents that somebody sees; `after` is where the page before ended. */
export type Asked<Q> = { agents: readonly string[]; query: Q; after: Place | null };
export type WholeExchange = {
  exchange: Exchange;
  asked: Excerpt;
  answered: Excerpt;
  scores: ScoreView[];
  feedback: Feedback[];
  shadows: ShadowWhole[];
};

export type StoreReader = {
  exchanges(asked: Asked<ExchangesQuery>): { exchanges: ExchangeSummary[]; next: string | null };
  /** Null where it isn't kept, or is of an agent that nobody here sees. */
  exchange(asked: { agents: readonly string[]; id: string }): WholeExchange | null;
  scores(asked: Asked<ScoresQuery>): { scores: ScoreView[]; next: string | null };
  shadows(asked: Asked<ShadowsQuery>): { shadows: ShadowSummary[]; next: string | null };
  feedback(asked: Asked<FeedbackQuery>): { feedback: Feedback[]; next: string | null };
  windows(asked: { query: WindowsQuery }): { widthMs: number; series: Series[] };
};

/** Asks the store one thing. Rejects with a StoreUnavailableError while it can't answer. */
export type AskStore = <K extends keyof StoreReader>(
  call: K,
  asked: Parameters<StoreReader[K]>[0],
) => Promise<ReturnType<StoreReader[K]>>;

/** Why the store does not answer now, as a sentence. */
export class StoreUnavailableError extends Error {
  override name = 'StoreUnavailableError';
}
