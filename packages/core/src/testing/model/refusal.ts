/** A call that the store has to refuse with this code. */
export class Refusal extends Error {
  readonly code: 'NOT_FOUND' | 'CONFLICT';

  constructor(code: Refusal['code']) {
    super(code);
    this.code = code;
  }
}

/** Something is named that does not exist. Made once, as histories are refused often and a stack is dear. */
export const NOT_FOUND = new Refusal('NOT_FOUND');

/** An id is taken by another request. */
export const CONFLICT = new Refusal('CONFLICT');
