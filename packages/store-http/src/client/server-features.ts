import type { Logger } from '@agentlightning/core';
import { FEATURES, FEATURES_HEADER, type Feature } from '../features.ts';

/** Which additions the server at the other end offers, learnt from its replies. */
export class ServerFeatures {
  readonly #logger: Logger;
  readonly #origin: string;
  #header: string | undefined;
  #known: ReadonlySet<string> | undefined;
  #warned = false;

  constructor(origin: string, logger: Logger) {
    this.#origin = origin;
    this.#logger = logger;
  }

  /** Whether any reply has come yet; until then nothing is known. */
  get isKnown(): boolean {
    return this.#known !== undefined;
  }

  /** Whether the server offers an addition. */
  has(feature: Feature): boolean {
    return this.#known?.has(feature) === true;
  }

  /** Reads the headers of a reply. Warns once if the server lacks something. */
  learn(headers: Readonly<Record<string, string | string[] | undefined>>): void {
    const header = String(headers[FEATURES_HEADER] ?? '');
    if (header === this.#header) return;
    this.#header = header;
    this.#known = new Set(header.split(/\s*,\s*/));
    const missing = FEATURES.filter((feature) => !this.has(feature));
    if (missing.length === 0 || this.#warned) return;
    this.#warned = true;
    this.#logger.warn(
      { origin: this.#origin, missing },
      'The store server lacks additions of this client, which goes on in the way of upstream: slower, and without priorities',
    );
  }
}
