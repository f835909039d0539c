import { closestName } from '../resource/closest-name.ts';

/**
 * Refuses option names that do not exist, so that a misspelt one is not an option that silently does nothing.
 *
 * @param action - begins the message, e.g. `Cannot create the trainer`
 * @throws TypeError naming the option and, if one is near, the name that was probably meant; or saying that what was given is no object
 */
export function refuseUnknownOptions(action: string, options: object, known: readonly string[]): void {
  // Programs without types also pass null, or the value of an option in place of all of them.
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${action} as its options must be an object: current value is ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const near = closestName(name, known);
    const hint = near === undefined ? `known options are ${known.join(', ')}` : `did you mean '${near}'?`;
    throw new TypeError(`${action} as '${name}' is not an option: ${hint}`);
  }
}

/** A number an option takes, and how to say so. */
export interface NumberRange {
  readonly integer?: boolean;
  readonly min?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  readonly max?: number;
}

/**
 * Refuses a number that an option cannot take.
 * @throws RangeError (TypeError for something that is no number) naming the option, the value and what is wanted
 */
export function checkNumberOption(action: string, name: string, value: unknown, range: NumberRange): void {
  const wanted = describeRange(range);
  const message = `${action} as '${name}' must be ${wanted}: current value is ${show(value)}`;
  if (typeof value !== 'number') throw new TypeError(message);
  const { integer = false, min = -Infinity, above = -Infinity, max = Infinity } = range;
  const isRight =
    !Number.isNaN(value) && value >= min && value > above && value <= max && (!integer || Number.isInteger(value));
  if (!isRight) throw new RangeError(message);
}

function describeRange({ integer = false, min, above, max }: NumberRange): string {
  if (integer && min === 1 && max === undefined) return 'a positive integer';
  if (!integer && above === 0 && max === undefined) return 'a positive number';
  const kind = integer ? 'an integer' : 'a number';
  const bounds = [
    min === undefined ? '' : `${min} or more`,
    above === undefined ? '' : `greater than ${above}`,
    max === undefined ? '' : `at most ${max}`,
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? kind : `${kind}, ${bounds.join(' and ')}`;
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
