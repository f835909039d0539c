import { routeHash } from '../route.ts';

/** The address of a candidate's details. */
export function candidateHash(version: string): string {
  return routeHash({ view: 'search', id: version });
}
