import { readFileSync } from 'node:fs';
import type { Violation } from '@agentlightning/core/testing';

/** What differs between any two runs. */
const OF_ONE_RUN = ['time', 'resourcesId', 'rolloutIds', 'isReplay'];

/** What is told once in a run, however often it is killed. */
const TOLD_ONCE = ['algorithm-event', 'evaluation-ended', 'held-out'];

/** The events that a journal must have once each, as text without what differs between any two runs, in an order that does not depend on time. */
export function toldEventsIn(journal: string): string[] {
  const events = readFileSync(journal, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line, (key, value: unknown) => (OF_ONE_RUN.includes(key) ? undefined : value)) as object);
  return events
    .filter((event) => 'type' in event && TOLD_ONCE.includes(String(event.type)))
    .map((event) => JSON.stringify(event))
    .sort();
}

/** Where the journal of a run that was killed tells something else than that of one that was not. */
export function checkToldEvents(told: readonly string[], undisturbed: readonly string[]): Violation[] {
  const lacking = without(undisturbed, told);
  const surplus = without(told, undisturbed);
  const violation = (what: string, events: readonly string[]): Violation[] =>
    events.slice(0, 3).map((event) => ({ invariant: 'E', what: `the journal ${what} ${event.slice(0, 300)}` }));
  return [...violation('lacks', lacking), ...violation('has once too often', surplus)];
}

/** What is in `all` and not, or not as often, in `taken`. */
function without(all: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return all.filter((event) => {
    const place = left.indexOf(event);
    if (place !== -1) left.splice(place, 1);
    return place === -1;
  });
}
