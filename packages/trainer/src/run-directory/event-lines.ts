import { type NamedResources, secretsOf, systemClock } from '@agentlightning/core';
import { redactorOf } from '@agentlightning/runner';
import { withoutSecrets } from './without-secrets.ts';

/**
 * Makes of each event of a run a line of JSON, as `journal.jsonl` has them: with the time, and without the keys of endpoints.
 * @param resources - whose secrets must not be in them
 */
export function eventLines(resources: NamedResources): (event: object) => string {
  const replacer = withoutSecrets(redactorOf(secretsOf(resources)));
  return (event) => `${JSON.stringify({ time: systemClock.now(), ...event }, replacer)}\n`;
}
