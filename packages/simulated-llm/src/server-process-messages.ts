import type { SimulatedLlmOptions } from './simulated-llm-options.ts';

/** What the parent tells the server's process: once, how to start. To stop it, the parent disconnects. */
export interface StartMessage {
  readonly kind: 'start';
  readonly options: SimulatedLlmOptions;
}

/** What the server's process answers: where it listens, or why it could not start. */
export type StartedMessage =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };
