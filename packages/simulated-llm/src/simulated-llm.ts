import type { RequestRecord, SimulatedLlmStats } from './call-log.ts';

/** A running server. Nothing it answers comes from a language model. */
export interface SimulatedLlm {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** What an OpenAI client takes as `baseURL`: `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  /** Counts since the start or the last reset. */
  stats(): Promise<SimulatedLlmStats>;
  /** The first 100,000 chat requests since the start or the last reset, in order of arrival. */
  requests(): Promise<readonly RequestRecord[]>;
  resetStats(): Promise<void>;
  /** Cuts every connection, clears every timer and stops. Closing twice is the same as once. */
  close(): Promise<void>;
}
